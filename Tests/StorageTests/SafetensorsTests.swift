import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  @Test func writesTheBytesOfTheReferenceWriter() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("plain.safetensors")
    try Safetensors.write(
      [
        ("scalar", Tensor(scalar: 3.25)),
        ("b.bias", Tensor([1, -2, 0.5], [3])),
        ("a.weight", Tensor((0..<6).map(Float.init), [2, 3])),
      ], metadata: ["format": "pt"], to: path)
    #expect(try readBytes(path) == (try readBytes(golden("plain.safetensors"))))
  }

  @Test func readsWhatPyTorchWrote() throws {
    let file = try SafetensorsFile(golden("mixed.safetensors"))
    #expect(file.metadata == ["format": "pt", "note": "a \"quoted\" Übung"])
    #expect(Set(file.names) == ["conv.weight", "empty", "half", "brain", "double"])
    let conv = try file.tensor("conv.weight")
    #expect(conv.shape == [2, 3, 3, 3])
    #expect(conv.array == (0..<54).map { Float($0) / 4 - 5 })
    #expect(try file.tensor("empty").shape == [0, 3])
    let half = try file.tensor("half").array
    #expect(half == [0, -0.0, 1.5, -2.25, 65504, 0x1p-24, 168 * 0x1p-24, .infinity])
    #expect(half[1].sign == .minus)
    #expect(try file.tensor("brain").array == [1, -3, Float(bitPattern: 0x714A_0000), 0.15625])
    #expect(try file.tensor("double").array == [0.1, -1e-3, 3, 1e10])
    #expect(file["bn.num_batches_tracked"]?.type == .i64)
    let error = #expect(throws: StorageError.self) {
      try file.tensor("bn.num_batches_tracked")
    }
    #expect(error?.exitStatus == 65)
    #expect(throws: StorageError.self) { try file.tensor("absent") }
  }

  @Test func roundTripOfManyShapesAndNames() throws {
    let scratch = try ScratchFolder()
    let shapes: [Shape] = [
      [], [0], [1], [7], [3, 5], [2, 0, 4], [2, 3, 4, 5], [1, 1, 1, 1, 1, 1, 1, 2],
    ]
    let tensors = shapes.enumerated().map { index, shape in
      (
        name: "ü\"\\\n\(9 - index)",
        tensor: Tensor((0..<shape.elements).map { Float($0) * 0.3 - 1 }, shape)
      )
    }
    let path = scratch.path("t.safetensors")
    let metadata = ["z": "", "a": "{\"step\":12}\n", "ä": "ö"]
    let digest = try Safetensors.write(tensors, metadata: metadata, to: path)
    let file = try SafetensorsFile(path)
    #expect(file.metadata == metadata)
    #expect(file.names.sorted() == tensors.map(\.name).sorted())
    for (name, tensor) in tensors {
      let read = try file.tensor(name)
      #expect(read.shape == tensor.shape)
      #expect(read.array == tensor.array)
    }
    let again = try Safetensors.write(
      tensors.reversed(), metadata: metadata, to: scratch.path("again"))
    #expect(again == digest)
    let start = try readBytes(path).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(start % 8 == 0)
  }

  @Test func bitsOfOddNumbersSurvive() throws {
    let scratch = try ScratchFolder()
    let values: [Float] = [.nan, -.nan, .infinity, -0.0, .leastNonzeroMagnitude, .signalingNaN]
    let path = scratch.path("t")
    try Safetensors.write([("x", Tensor(values, [6]))], to: path)
    let read = try SafetensorsFile(path).tensor("x").array
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
  }

  // MARK: Hostile files

  /// A file of `header` and `data` bytes of data.
  private func file(
    _ scratch: ScratchFolder, _ header: String, data: Int, length: UInt64? = nil
  ) throws -> String {
    let text = Array(header.utf8)
    let length = length ?? UInt64(text.count)
    let path = scratch.path("hostile.safetensors")
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    try AtomicFile.write(prefix + text + [UInt8](repeating: 0, count: data), to: path)
    return path
  }

  static let hostile: [(header: String, data: Int, reason: String)] = [
    ("", 0, "does not begin with {"),
    (#" {"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "does not begin with {"),
    ("[]", 0, "does not begin with {"),
    (#"{"x":"#, 0, "bad JSON"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}"#, 4, "bad JSON"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"# + "\0", 4, "bad JSON"),
    (
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "twice"
    ),
    (#"{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "twice"),
    (
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "overlaps"
    ),
    (
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "overlaps"
    ),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "gap"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, "cut short"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "over data of 5"),
    (#"{}"#, 1, "over data of 1"),
    (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "where its shape needs 8"),
    (#"{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#, 4, "where its shape needs 2"),
    (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "not a list of extents"),
    (#"{"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "not a list of extents"),
    (#"{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4, "not a list of extents"),
    (#"{"x":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, "not a list of extents"),
    (
      #"{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
      "too large"
    ),
    (
      #"{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4,
      "not a list of extents"
    ),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "not a rising pair"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "not a rising pair"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, "not a rising pair"),
    (
      #"{"x":{"dtype":"F32","shape":[1],"#
        + #""data_offsets":[9223372036854775803,9223372036854775807]}}"#,
      4, "gap"
    ),
    (#"{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "unknown dtype F31"),
    (#"{"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#, 4, "no dtype"),
    (#"{"x":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "no dtype"),
    (#"{"x":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, "not a list of extents"),
    (#"{"x":{"dtype":"F32","shape":[1]}}"#, 4, "not a rising pair"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"evil":0}}"#, 4, "unknown key evil"),
    (#"{"x":[]}"#, 0, "not an object"),
    (#"{"__metadata__":[]}"#, 0, "metadata is not an object"),
    (#"{"__metadata__":{"a":1}}"#, 0, "metadata a is not a string"),
    (#"{"__metadata__":{"a":"\#u{FF}\uD800"}}"#, 0, "bad JSON"),
    (String(repeating: #"{"a":"#, count: 100_000), 0, "bad JSON"),
  ]

  @Test(arguments: hostile.indices)
  func hostileHeadersAreRefused(index: Int) throws {
    let (header, data, reason) = Self.hostile[index]
    let scratch = try ScratchFolder()
    let path = try file(scratch, header, data: data)
    let error = #expect(throws: StorageError.self) { _ = try SafetensorsFile(path) }
    #expect(error?.path == path)
    #expect(error?.exitStatus == 65)
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    #expect(error?.reason.contains("; copy it again") == true)
  }

  @Test(arguments: [
    UInt64.max, 1 << 63, 100_000_001, 3, 1 << 62,
  ])
  func hostileHeaderLengthsAreRefused(length: UInt64) throws {
    let scratch = try ScratchFolder()
    let path = try file(scratch, "{}", data: 0, length: length)
    #expect(throws: StorageError.self) { _ = try SafetensorsFile(path) }
  }

  @Test func everyTruncationOfAFileIsRefused() throws {
    let scratch = try ScratchFolder()
    let whole = try readBytes(golden("plain.safetensors"))
    for length in 0..<whole.count {
      let path = scratch.path("cut")
      try Data(whole[..<length]).write(to: URL(fileURLWithPath: path))
      #expect(throws: StorageError.self, "cut to \(length)") { _ = try SafetensorsFile(path) }
    }
  }

  @Test func anUnreadableShapeIsRefusedOnlyWhenAsked() throws {
    let scratch = try ScratchFolder()
    let path = try file(
      scratch,
      #"{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]},"#
        + #""y":{"dtype":"F32","shape":[4294967296,0],"data_offsets":[4,4]}}"#, data: 4)
    let opened = try SafetensorsFile(path)
    #expect(throws: StorageError.self) { try opened.tensor("x") }
    #expect(throws: StorageError.self) { try opened.tensor("y") }
  }

  @Test func aFileThatShrinksWhileOpenIsRefused() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("x")
    try Safetensors.write([("x", Tensor.zeros([100]))], to: path)
    let opened = try SafetensorsFile(path)
    #expect(truncate(path, 200) == 0)
    let error = #expect(throws: StorageError.self) { try opened.tensor("x") }
    #expect(error?.exitStatus == 65)
  }
}
