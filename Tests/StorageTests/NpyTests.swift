import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct NpyTests {
  @Test func writesTheBytesOfNumPy() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("a.npy")
    try Npy.write(Tensor((0..<24).map { Float($0) / 8 }, [2, 3, 4]), to: path)
    #expect(try readBytes(path) == (try readBytes(golden("plain.npy"))))
    try Npy.write(Tensor([1.5, -2.5], [2]), to: path)
    #expect(try readBytes(path) == (try readBytes(golden("row.npy"))))
  }

  @Test(arguments: [[], [0], [1], [5], [3, 1], [4, 0], [2, 3, 5], [1, 2, 1, 2, 1, 2]])
  func roundTrip(extents: [Int]) throws {
    let scratch = try ScratchFolder()
    let shape = Shape(extents)
    let tensor = Tensor((0..<shape.elements).map { Float($0) * 0.7 - 2 }, shape)
    try Npy.write(tensor, to: scratch.path("a.npy"))
    let read = try Npy.read(scratch.path("a.npy"))
    #expect(read.shape == shape)
    #expect(read.array == tensor.array)
  }

  @Test(arguments: [
    ("fortran.npy", "Fortran order"), ("double.npy", "type <f8"),
    ("make_goldens.py", "not an .npy"),
  ])
  func otherArraysAreRefusedByName(name: String, reason: String) throws {
    let error = #expect(throws: StorageError.self) { try Npy.read(golden(name)) }
    #expect(error?.reason.contains(reason) == true)
    #expect(error?.exitStatus == 65)
  }

  @Test(arguments: [
    "", "{", "{}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } {}",
    "{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 9, 9), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3,), }",
  ])
  func hostileHeadersAreRefused(header: String) throws {
    let scratch = try ScratchFolder()
    let text = Array(header.utf8)
    let head: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0]
    try AtomicFile.write(head + text + [UInt8](repeating: 0, count: 8), to: scratch.path("a"))
    #expect(throws: StorageError.self) { try Npy.read(scratch.path("a")) }
  }

  @Test func everyTruncationIsRefused() throws {
    let scratch = try ScratchFolder()
    let whole = try readBytes(golden("row.npy"))
    for length in 0..<whole.count {
      try Data(whole[..<length]).write(to: URL(fileURLWithPath: scratch.path("a")))
      let error = #expect(throws: StorageError.self, "cut to \(length)") {
        try Npy.read(scratch.path("a"))
      }
      #expect(error?.reason.contains("is cut short: ") == true, "cut to \(length)")
    }
    // What is too long was written by something else.
    try Data(whole + [0]).write(to: URL(fileURLWithPath: scratch.path("a")))
    let error = #expect(throws: StorageError.self) { try Npy.read(scratch.path("a")) }
    #expect(error?.reason.contains("where its shape needs 8; save it with numpy.save") == true)
  }
}
