import Foundation

/// The entry that libFuzzer calls with each input. `PALINDROME_FUZZ` names the parser: libFuzzer starts itself again with
/// the same arguments for some of its work, and must find it then too.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: bytes, count: size))
  do {
    try chosen.check(bytes, in: folder)
  } catch {
    fatalError("the input cannot be put into \(folder): \(error)")
  }
  return 0
}

private let chosen: Parser = {
  let name = ProcessInfo.processInfo.environment["PALINDROME_FUZZ"] ?? ""
  guard let parser = Parser.all.first(where: { $0.name == name }) else {
    print("PALINDROME_FUZZ must be one of " + Parser.all.map(\.name).joined(separator: " "))
    exit(64)
  }
  return parser
}()

/// Where inputs become files.
private let folder: String = {
  let path = NSTemporaryDirectory() + "/palindrome-fuzz-\(getpid())"
  try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}()
