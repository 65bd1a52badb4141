import Foundation

/// One of our readers of files or bytes that come from outside.
struct Parser: Sendable {
  /// The name of its corpus, and of the parser in `make fuzz`.
  let name: String
  /// What the file must be called that it reads.
  let file: String
  /// Reads the file at `path`, which holds `bytes`, with every reader of that kind of file, and checks what they
  /// promise of what they accept. Throws what they throw.
  let read: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void

  /// Every parser.
  static let all = text + tables + tensors + records + media + [classifier]

  /// Puts `bytes` into `folder` and reads them: accepted or refused with a text that says why, and nothing else.
  ///
  /// Returns whether they were accepted.
  @discardableResult
  func check(_ bytes: [UInt8], in folder: String) throws -> Bool {
    let path = folder + "/" + file
    try Self.put(bytes, at: path)
    do {
      try read(path, bytes)
      return true
    } catch {
      let text = "\(error)"
      require(
        !text.isEmpty && text.utf8.count < 4096, "\(name): no clear error: \(text.prefix(200))")
      require(!(error is DecodingError) && !(error is CocoaError), "\(name): a bare \(text)")
      return false
    }
  }

  /// Writes a file in place: quick, and of no worth to anybody but the next line.
  static func put(_ bytes: [UInt8], at path: String) throws {
    guard let file = fopen(path, "wb") else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw CocoaError(.fileWriteUnknown)
    }
  }
}

/// Traps where a reader broke its promise.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  precondition(condition, message())
}
