// Lets the thread sanitizer see the locks of Swift's Synchronization.Mutex. Where a mutex is free, the calling code takes
// it by an atomic operation that the sanitizer sees; where it has to wait, the library does, which is not built with the
// sanitizer. Loaded before that library, these functions do the same and say so.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define CONTEXT __attribute__((swift_context))
#define SWIFT __attribute__((swiftcall))

// Programs that are not built with the sanitizer are started with this library, too.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

SWIFT void lock_slow(uint32_t thread, CONTEXT void *mutex) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void unlock_slow(CONTEXT void *mutex) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

SWIFT void lock_slow(uint32_t thread, CONTEXT void *mutex) {
  SWIFT void (*real)(uint32_t, CONTEXT void *) =
      (SWIFT void (*)(uint32_t, CONTEXT void *))dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  real(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(CONTEXT void *mutex) {
  SWIFT void (*real)(CONTEXT void *) =
      (SWIFT void (*)(CONTEXT void *))dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
  if (__tsan_release) __tsan_release(mutex);
  real(mutex);
}
