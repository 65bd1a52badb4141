#!/bin/sh
# Builds the tests with a sanitizer and runs them:
#
#   Scripts/sanitize.sh address|thread [swift test options, as --filter 'StorageTests|MediaTests']
#
# Any report of a sanitizer, in the tests or in a program that they start, is a failure.
#
# - Leaks are not looked for in the suite: the runtimes of Swift and Foundation keep what they allocate once, and so do
#   FFmpeg's tables. They are looked for where it counts: by the fuzzer after every input (make fuzz), and by the tests
#   that open and close thousands of files and compare memory and descriptors.
# - Signals are left alone, so that a decoder process that crashes dies of its signal, as the tests expect.
# - The thread sanitizer sees only what is built with it; Scripts/thread_sanitizer.txt names the libraries whose own
#   locks it cannot see, Scripts/thread_sanitizer.c shows it those of Swift's Mutex.
set -eu
kind=$1
shift
case $kind in
  address)
    export ASAN_OPTIONS="detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:exitcode=99" ;;
  thread)
    export TSAN_OPTIONS="suppressions=$PWD/Scripts/thread_sanitizer.txt:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:exitcode=99"
    mkdir -p .build/thread
    clang -O1 -shared -fPIC -Wall -o .build/thread/mutex.so Scripts/thread_sanitizer.c
    export LD_PRELOAD="$PWD/.build/thread/mutex.so" ;;
  *)
    echo "$kind: address or thread" >&2
    exit 64 ;;
esac
export SWIFT_BACKTRACE=enable=no
swift test -c release --scratch-path ".build/$kind" --sanitize "$kind" "$@"
