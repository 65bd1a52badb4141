/// A buffered writer that hashes and counts what passes through it.
package final class FileSink {
  /// Bytes taken so far.
  package private(set) var count = 0
  package var path: String { file.path }

  private let file: OpenFile
  private var buffer: [UInt8] = []
  private var hash = SHA256()
  private static let bufferSize = 1 << 18

  init(_ file: consuming OpenFile) {
    self.file = file
    buffer.reserveCapacity(Self.bufferSize)
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    count += bytes.count
    hash.update(bytes)
    guard buffer.count + bytes.count > Self.bufferSize else {
      buffer.append(contentsOf: bytes)
      return
    }
    try flush()
    if bytes.count < Self.bufferSize {
      buffer.append(contentsOf: bytes)
    } else {
      try file.write(bytes)
    }
  }

  package func write(_ bytes: [UInt8]) throws(StorageError) {
    try bytes.span.withUnsafeBytes { bytes throws(StorageError) in try write(bytes) }
  }

  package func write(_ text: String) throws(StorageError) { try write(Array(text.utf8)) }

  /// Everything on the disk; the size and the SHA-256 of what was written.
  func finish() throws(StorageError) -> FileDigest {
    try flush()
    try file.sync()
    return FileDigest(size: count, sha256: hash.finish())
  }

  private func flush() throws(StorageError) {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

/// The size in bytes and the SHA-256, in lower-case hexadecimal, of a file.
package struct FileDigest: Hashable, Sendable {
  package var size: Int
  package var sha256: String

  package init(size: Int, sha256: String) {
    self.size = size
    self.sha256 = sha256
  }

  /// Reads the file at `path` once, in pieces.
  package init(of path: String) throws(StorageError) {
    let file = try OpenFile.reading(path)
    size = try file.size()
    var hash = SHA256()
    for start in stride(from: 0, to: size, by: 1 << 20) {
      let piece = try file.read(start..<min(size, start + 1 << 20))
      piece.withUnsafeBytes { hash.update($0) }
    }
    sha256 = hash.finish()
  }
}
