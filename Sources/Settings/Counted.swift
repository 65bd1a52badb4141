/// A number of things in words: `1 clip`, `2 clips`; `many` where the plural has no s.
package func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
