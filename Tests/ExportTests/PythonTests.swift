import Foundation
import NeuralNetworks
import Settings
import TensorCore
import TestSupport
import Testing

/// The exports in the programs that they are for, where those are installed. `PALINDROME_PYTHON` may name
/// another interpreter than `python3`.
@Suite struct PythonTests {
  private static let interpreter =
    ProcessInfo.processInfo.environment["PALINDROME_PYTHON"] ?? "python3"
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Goldens/check_exports.py").path

  private static func has(_ modules: String...) -> Bool {
    (try? run(["-c", "import " + modules.joined(separator: ", ")]).status) == 0
  }

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: [UInt8]) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, Array(output))
  }

  @Test(.enabled(if: has("torch", "safetensors")), arguments: PaddingMode.allCases)
  func loadPyReproducesTheEmbeddings(_ padding: PaddingMode) throws {
    try check(padding, "torch", ["map", "clip", "sound", "sound_clip", "shared"])
  }

  @Test(
    .enabled(if: has("onnx", "onnxruntime", "safetensors")), arguments: PaddingMode.allCases)
  func onnxRuntimeReproducesTheEmbeddings(_ padding: PaddingMode) throws {
    try check(padding, "onnx", ["map", "clip", "sound"])
  }

  private func check(_ padding: PaddingMode, _ what: String, _ keys: [String]) throws {
    let scratch = try ScratchFolder()
    try ExportCase(padding).write(to: scratch.path)
    let (status, output) = try Self.run([Self.script, what, scratch.path])
    #expect(status == 0)
    let errors = try JSONValue.parse(output)
    for key in keys {
      let error = try #require(errors[key]?.double, "\(key)")
      #expect(error < 1e-4, "\(key)")
    }
  }
}
