import Foundation
import NeuralNetworks
import Storage
import TensorCore
import Testing

/// Writes what `Goldens/check_exports.py` reads, where `PALINDROME_KEEP_EXPORTS` says so.
@Suite struct KeepTests {
  private static let folder = ProcessInfo.processInfo.environment["PALINDROME_KEEP_EXPORTS"]

  @Test(.enabled(if: folder != nil), arguments: PaddingMode.allCases)
  func writesTheExports(_ padding: PaddingMode) throws {
    let folder = try #require(Self.folder) + "/" + padding.rawValue
    try Folder.create(folder)
    try ExportCase(padding).write(to: folder)
  }
}
