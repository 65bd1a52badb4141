#define _GNU_SOURCE
#include "process.h"

#include "crash.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int control, int memory) {
  int code = 0;
  for (int stream = 0; stream < 3 && code == 0; stream++) {
    code = posix_spawn_file_actions_addopen(actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  if (code == 0) code = posix_spawn_file_actions_adddup2(actions, control, CP_CONTROL);
  if (code == 0) code = posix_spawn_file_actions_adddup2(actions, memory, CP_MEMORY);
  if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(actions, CP_MEMORY + 1);
  sigset_t signals;
  sigemptyset(&signals);
  if (code == 0) code = posix_spawnattr_setsigmask(attributes, &signals);
  sigfillset(&signals);
  if (code == 0) code = posix_spawnattr_setsigdefault(attributes, &signals);
  if (code == 0) code = posix_spawnattr_setpgroup(attributes, 0);
  if (code == 0) {
    code = posix_spawnattr_setflags(attributes,
                                    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  return code;
}

int cp_spawn(pid_t *pid, const char *path, char *const arguments[], char *const environment[], int control,
             int memory) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attributes);
  if (code == 0) {
    code = describe(&actions, &attributes, control, memory);
    if (code == 0) code = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int cp_die_with(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 0;
  // The link in /proc would name it "exe".
  prctl(PR_SET_NAME, "palindrome-dec");
  return getppid() == parent;
}

int cp_shared_memory(void) {
  int descriptor = memfd_create("palindrome-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
  }
  return descriptor;
}

void cp_release(int descriptor, off_t offset, off_t length) {
  (void)fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

void cp_keep_memory(void) {
  (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
  (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

/// Safe within a signal handler.
int64_t cp_address_space(void) {
  char text[64];
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text);
  close(file);
  int64_t pages = 0;
  for (ssize_t at = 0; at < length && text[at] >= '0' && text[at] <= '9'; at++) pages = pages * 10 + (text[at] - '0');
  return pages * sysconf(_SC_PAGESIZE);
}

static int limit(__rlimit_resource_t resource, int64_t value) {
  struct rlimit bounds;
  if (getrlimit(resource, &bounds) != 0) return -1;
  rlim_t wanted = (rlim_t)value;
  if (wanted > bounds.rlim_max) wanted = bounds.rlim_max;
  bounds.rlim_cur = wanted;
  return setrlimit(resource, &bounds);
}

int cp_limit(int64_t memory, int64_t file) {
  if (limit(RLIMIT_AS, cp_address_space() + memory) != 0) return -1;
  if (limit(RLIMIT_FSIZE, file) != 0) return -1;
  if (limit(RLIMIT_NOFILE, 64) != 0) return -1;
  return limit(RLIMIT_CORE, 0);
}

int cp_limit_processor(int64_t seconds) {
  struct rusage used;
  if (getrusage(RUSAGE_SELF, &used) != 0) return -1;
  return limit(RLIMIT_CPU, used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 + seconds);
}

void on_crash(void (*handler)(int), const int *numbers, size_t count) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = (int)SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  for (size_t index = 0; index < count; index++) sigaction(numbers[index], &action, NULL);
}

static int64_t *size_at_crash;
static int64_t size_before;

static void crashed(int number) {
  if (size_at_crash != NULL) cp_put(size_at_crash, cp_address_space() - size_before);
  // The default action is back: the process dies of the same signal.
  raise(number);
}

void cp_tell_size_on_crash(int64_t *place) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
  size_at_crash = place;
  size_before = cp_address_space();
  on_crash(crashed, numbers, sizeof numbers / sizeof numbers[0]);
}
