#pragma once

// What Swift cannot import of Linux's processes: variadic calls, GNU extensions, and signal handlers, which
// must not run Swift code.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Descriptors of a worker process: its end of the socket pair, and the memory that it shares.
static const int32_t CP_CONTROL = 3;
static const int32_t CP_MEMORY = 4;

/// Starts `path` with `arguments` in a process group of its own, so that signals of the terminal do not reach it.
/// It has three empty standard streams, `control` as CP_CONTROL and `memory` as CP_MEMORY (both 10 or above here),
/// and nothing else open. Returns 0 or an error number.
int cp_spawn(pid_t *pid, const char *path, char *const arguments[], char *const environment[], int control,
             int memory);

/// Lets the process be killed when the thread that started it ends. Zero when `parent` is gone already.
int cp_die_with(pid_t parent);

/// Memory without a file, which can grow but never shrink, so that no reader is caught out. -1 and errno on failure.
int cp_shared_memory(void);
/// Gives back the pages of `descriptor` from `offset` on; its size stays.
void cp_release(int descriptor, off_t offset, off_t length);

/// Lets memory that is freed stay with the process, up to 64 MB of it: given back, it would be cleared anew for every
/// picture.
void cp_keep_memory(void);

/// Bytes of address space that the process takes.
int64_t cp_address_space(void);
/// Bounds the process: `memory` bytes of address space beyond what it has now, `file` bytes a file, 64 descriptors,
/// no core dumps. -1 and errno on failure.
int cp_limit(int64_t memory, int64_t file);
/// Bounds the processor time from now on to `seconds`; SIGXCPU ends the process then.
int cp_limit_processor(int64_t seconds);
/// When the process crashes, the bytes of address space that it has taken since this call are put into `place` before it
/// dies.
void cp_tell_size_on_crash(int64_t *place);

/// Lets a process that may not take more memory (RLIMIT_AS, ulimit -v), and crashes because it got none, end with one
/// line and the exit status `status` instead. Without such a limit nothing changes. A crash counts as that when half of
/// the limit is taken: what was asked for last may have been large.
void cp_tell_exhaustion(int32_t status);

/// A number that another process reads at the same time.
static inline void cp_put(int64_t *place, int64_t value) { __atomic_store_n(place, value, __ATOMIC_RELAXED); }
static inline int64_t cp_get(const int64_t *place) { return __atomic_load_n(place, __ATOMIC_RELAXED); }
