#!/bin/sh
# Shows by strace that decoding a folder opens its files and nothing that they name, and no socket but the ones between
# the run and its decoder processes:
#
#   Scripts/check_opens.sh FOLDER [PALINDROME]
#
# With unshare -n the run has no network besides. Needs strace. Prints what else was opened, and ends with 1 then.
set -eu
folder=$(cd "$1" && pwd)
palindrome=${2:-.build/release/palindrome}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

alone=""
if unshare -rn true 2>/dev/null; then alone="unshare -rn"; fi
for isolation in on off; do
  for work in "scan $folder --quiet" "embed $folder --model pixels --quiet --out $log/$isolation.npy"; do
    # shellcheck disable=SC2086
    $alone strace -f -qq -s 4096 -e trace=open,openat,openat2,connect,socket,socketpair,bind,sendto,execve \
      -o "$log/calls" "$palindrome" $work --isolation "$isolation" >/dev/null || true
    # Sockets: one pair a decoder process, and what goes over it has no address.
    grep -E 'socket\(|connect\(|bind\(' "$log/calls" >>"$log/found" || true
    grep 'sendto(' "$log/calls" | grep -v ', NULL, 0' >>"$log/found" || true
    # Files that exist and are neither the folder's, nor the run's own, nor the system's.
    grep -E 'open(at|at2)?\(' "$log/calls" | grep -v ' = -1 ' | sed -n 's/[^"]*"\([^"]*\)".*/\1/p' \
      | grep -vE "^($folder|$log|/proc/|/sys/|/dev/null|/dev/urandom|/etc/|/lib|/usr/|/opt/|.*\.so(\.|$))" >>"$log/found" || true
  done
done
if [ -s "$log/found" ]; then
  sort -u "$log/found"
  exit 1
fi
echo "nothing but the files of $folder was opened${alone:+, without a network}"
