#!/bin/sh
# Installs the Debian packages that the build needs, those that are missing only.
set -eu

packages="libopenblas-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
  libswresample-dev pkg-config ffmpeg make"

if ! command -v swift >/dev/null 2>&1; then
  echo "setup: swift: not found; install a Swift 6 toolchain (https://www.swift.org/install)" >&2
  exit 69
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "setup: not a Debian system; the build needs what these packages hold:" $packages >&2
  exit 0
fi

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "setup: packages are missing; as root run: apt-get install$missing" >&2
  exit 77
fi
echo "setup: installing$missing" >&2
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  $missing >&2
