#define _GNU_SOURCE
#include "process.h"

#include "crash.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int64_t limit_bytes;
static int exit_status;
static char text[256];

/// Calls what is safe within a signal handler alone.
static void crashed(int number) {
  if (cp_address_space() > limit_bytes / 2) {
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
    _exit(exit_status);
  }
  // The default action is back: the process dies of the same signal.
  raise(number);
}

void cp_tell_exhaustion(int32_t status) {
  struct rlimit bounds;
  if (getrlimit(RLIMIT_AS, &bounds) != 0 || bounds.rlim_cur == RLIM_INFINITY) return;
  limit_bytes = (int64_t)bounds.rlim_cur;
  exit_status = status;
  snprintf(text, sizeof text,
           "palindrome: out of memory: this process may take %lld MB (ulimit -v); raise that limit, or use a smaller "
           "--preset, --batch or --size, or fewer --threads\n",
           (long long)(limit_bytes >> 20));
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT};
  on_crash(crashed, numbers, sizeof numbers / sizeof numbers[0]);
}
