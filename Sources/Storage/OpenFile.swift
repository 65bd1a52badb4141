import Glibc

/// An open file descriptor, closed when the value goes.
package struct OpenFile: ~Copyable {
  package let path: String
  let descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  /// Opens an ordinary file for reading. A folder, a device or a pipe is refused.
  package static func reading(_ path: String) throws(StorageError) -> OpenFile {
    // Non-blocking: opening a pipe would wait for a writer that may never come.
    let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      throw .noInput(path: path, reason: systemReason(errno))
    }
    let file = OpenFile(path: path, descriptor: descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .noInput(path: path, reason: "not an ordinary file; give the path of a file")
    }
    return file
  }

  /// Makes a file that must not exist yet.
  package static func creating(_ path: String) throws(StorageError) -> OpenFile {
    try opening(path, O_WRONLY | O_CREAT | O_EXCL)
  }

  /// Opens a file for writing at its end, making it where it is absent.
  package static func appending(_ path: String) throws(StorageError) -> OpenFile {
    try opening(path, O_WRONLY | O_CREAT | O_APPEND)
  }

  /// Opens a file for reading and writing, making it where it is absent.
  static func updating(_ path: String) throws(StorageError) -> OpenFile {
    try opening(path, O_RDWR | O_CREAT)
  }

  private static func opening(_ path: String, _ flags: Int32) throws(StorageError) -> OpenFile {
    let descriptor = Disk.open(path, flags)
    guard descriptor >= 0 else {
      throw .cannotCreate(path: path, reason: systemReason(errno))
    }
    return OpenFile(path: path, descriptor: descriptor)
  }

  /// Bytes in the file.
  package func size() throws(StorageError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
    return Int(status.st_size)
  }

  /// Fills `target` with the bytes from `offset` on; an error where the file ends before it is
  /// full.
  package func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(StorageError) {
    var done = 0
    while let base = target.baseAddress, done < target.count {
      let got = retrying { pread(descriptor, base + done, target.count - done, offset + done) }
      guard got >= 0 else { throw .inputOutput(path: path, reason: systemReason(errno)) }
      guard got > 0 else {
        throw .badData(path: path, reason: "the file ends too early; copy or make it again")
      }
      done += got
    }
  }

  /// The bytes of `range`; an error where the file ends before it.
  package func read(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var target = bytes.mutableSpan
    try target.withUnsafeMutableBytes { target throws(StorageError) in
      try read(into: target, at: range.lowerBound)
    }
    return bytes
  }

  /// Writes all of `bytes` at the current position.
  package func write(_ bytes: [UInt8]) throws(StorageError) {
    try bytes.span.withUnsafeBytes { bytes throws(StorageError) in try write(bytes) }
  }

  /// Writes all of `bytes` at the current position.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try write(bytes, from: nil)
  }

  /// Writes all of `bytes` from `offset` on.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    try write(bytes, from: offset)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, from offset: Int?) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let put = Disk.write(descriptor, rest, at: offset.map { $0 + done }, path)
      guard put >= 0 else { throw .inputOutput(path: path, reason: systemReason(errno)) }
      done += put
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    try bytes.span.withUnsafeBytes { bytes throws(StorageError) in try write(bytes, at: offset) }
  }

  /// Cuts the file to `size` bytes.
  package func truncate(to size: Int) throws(StorageError) {
    guard Disk.truncate(descriptor, to: size, path) == 0 else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
  }

  /// Waits until the content is on the disk.
  package func sync() throws(StorageError) {
    guard Disk.sync(descriptor, path) == 0 else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
  }
}

/// The whole content of the file at `path`, which may hold at most `limit` bytes.
package func readBytes(_ path: String, limit: Int = 1 << 30) throws(StorageError) -> [UInt8] {
  let file = try OpenFile.reading(path)
  let size = try file.size()
  guard size <= limit else {
    throw .badData(
      path: path,
      reason: "\(size) bytes, more than the \(limit) allowed; check that it is the right file")
  }
  return try file.read(0..<size)
}
