extension AtomicFile {
  /// Copies the file at `source` to `path`, replacing what is there, in pieces. Returns the digest of what was copied.
  @discardableResult
  package static func copy(
    _ source: String, to path: String
  ) throws(StorageError) -> FileDigest {
    let file = try OpenFile.reading(source)
    let size = try file.size()
    return try stream(to: path) { sink throws(StorageError) in
      for start in stride(from: 0, to: size, by: 1 << 20) {
        try sink.write(try file.read(start..<min(size, start + 1 << 20)))
      }
    }
  }
}
