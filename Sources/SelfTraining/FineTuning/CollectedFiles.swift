import Evaluation
import Synchronization

/// Takes the rows of files as an embedding delivers them.
final class CollectedFiles: Sendable {
  private let found = Mutex([Int: EmbeddedFile]())

  func add(_ number: Int, _ file: EmbeddedFile) { found.withLock { $0[number] = file } }

  /// Those of the first `count` files, in order.
  func files(_ count: Int) -> [EmbeddedFile] {
    found.withLock { found in (0..<count).map { found[$0] ?? EmbeddedFile() } }
  }
}
