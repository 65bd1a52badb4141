import Foundation
import Testing

/// The built `palindrome`, run as a user would.
enum Binary {
  /// What a run ended with.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// The executable lies beside the test runner.
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("palindrome").path

  /// Runs the binary to its end.
  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try shell("exec \"$0\" \"$@\"", arguments, environment: environment)
  }

  /// Starts the binary, waits until the shell condition `isTime` holds (a minute at most), runs the shell line `then`, in
  /// which `$process` is the binary's number, and gives what became of the binary.
  static func disturbed(
    when isTime: String, then line: String, _ arguments: [String],
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try shell(
      """
      "$0" "$@" & process=$!
      tries=0
      while ! \(isTime) && [ $tries -lt 6000 ]; do
        sleep 0.01; tries=$((tries + 1))
      done
      \(line)
      wait $process
      """, arguments, environment: environment)
  }

  /// Runs a shell line in which `"$0"` is the binary and `"$@"` the arguments.
  static func shell(
    _ line: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    let out = folder.file("out")
    let errors = folder.file("errors")
    for path in [out, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOfFile: out, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}

/// A folder that is gone when its owner is.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "palindrome-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// A shared library made of C `source`, for LD_PRELOAD, after what is there already.
  func library(_ source: String) throws -> String {
    try write(source, to: "preload.c")
    let library = file("preload.so")
    let built = try Binary.shell(
      "cc -shared -fPIC -o \"$1\" \"$2\" -ldl", [library, file("preload.c")])
    try #require(built.status == 0, "\(built.errors)")
    return ((ProcessInfo.processInfo.environment["LD_PRELOAD"].map { [$0] } ?? []) + [library])
      .joined(separator: ":")
  }

  /// Writes `text` to the file `name`, with `making` in a folder that is made.
  func write(_ text: String, to name: String, making: Bool = false) throws {
    if making {
      let parent = URL(fileURLWithPath: file(name)).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    }
    try text.write(toFile: file(name), atomically: false, encoding: .utf8)
  }
}
