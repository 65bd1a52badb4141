import Glibc

/// Whether the tests were built with the address or the thread sanitizer, by the symbols that these bring along.
package enum Sanitizer {
  package static let isPresent =
    dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
