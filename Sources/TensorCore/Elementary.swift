#if canImport(Glibc)
  import Glibc
#endif

// Names that do not clash with members called `log` and `cos` where they are used.
func logOf(_ x: Double) -> Double { log(x) }
func cosineOf(_ x: Double) -> Double { cos(x) }
