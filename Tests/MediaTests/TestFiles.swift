import Foundation

/// Real files to test on, where they are present.
enum TestFiles {
  static let data = ProcessInfo.processInfo.environment["PALINDROME_DATA"]
  static var isPresent: Bool { data != nil }

  /// Every regular file below `folder` of the data whose name ends in one of `endings` (all if none).
  static func files(_ folder: String, endings: Set<String> = []) -> [String] {
    guard let data else { return [] }
    let root = URL(fileURLWithPath: data).appendingPathComponent(folder)
    let walker = FileManager.default.enumerator(
      at: root, includingPropertiesForKeys: [.isRegularFileKey])
    var found: [String] = []
    while let url = walker?.nextObject() as? URL {
      guard (try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
      else { continue }
      if endings.isEmpty || endings.contains(url.pathExtension) { found.append(url.path) }
    }
    return found.sorted()
  }
}

/// Whether `text` holds no line end.
func isOneLine(_ text: String) -> Bool { !text.contains { $0.isNewline } }
