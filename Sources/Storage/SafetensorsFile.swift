import Settings
import TensorCore

/// An open safetensors file: the header is read and checked, the tensors are read when asked for.
///
/// The format is Hugging Face's: eight bytes little-endian length of the header, the header in JSON
/// (name -> dtype, shape, data_offsets; `__metadata__` a map of strings), then the data without
/// gaps. Whatever departs from it is refused, so that no byte of the file has two readings, and
/// nothing is allocated that the file does not hold.
package final class SafetensorsFile: Sendable {
  package let path: String
  package let metadata: [String: String]
  /// In the order of their data.
  package let entries: [SafetensorsEntry]

  private let file: OpenFile
  private let dataStart: Int
  private let places: [String: Int]

  package init(_ path: String) throws(StorageError) {
    let file = try OpenFile.reading(path)
    let header = try SafetensorsHeader(file)
    var places: [String: Int] = [:]
    for (place, entry) in header.entries.enumerated() { places[entry.name] = place }
    self.path = path
    self.metadata = header.metadata
    self.entries = header.entries
    self.file = file
    self.dataStart = header.dataStart
    self.places = places
  }

  /// The names of the tensors of real numbers in the order of their data. Tensors of whole numbers
  /// (PyTorch's `num_batches_tracked`) are not among them.
  package var names: [String] { entries.filter(\.type.isReal).map(\.name) }

  /// What the header says of one tensor; nil where there is none of that name.
  package subscript(name: String) -> SafetensorsEntry? { places[name].map { entries[$0] } }

  /// The tensor of that name as Float32; F16, BF16 and F64 are converted.
  package func tensor(_ name: String) throws(StorageError) -> Tensor {
    guard let entry = self[name] else {
      throw .badData(
        path: path, reason: "it holds no tensor \(name); check that it is a model of this kind")
    }
    return try tensor(entry)
  }

  package func tensor(_ entry: SafetensorsEntry) throws(StorageError) -> Tensor {
    guard entry.type.isReal else {
      throw .badData(
        path: path,
        reason:
          "tensor \(entry.name) holds \(entry.type.rawValue), not real numbers; save it as F32")
    }
    guard entry.shape.count <= 8, entry.shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw .badData(
        path: path,
        reason: "tensor \(entry.name) has a shape of \(entry.shape.count) extents, too large here; "
          + "check that it is a model of this kind")
    }
    let shape = Shape(entry.shape)
    var outcome = Result<Void, StorageError>.success(())
    let tensor = Tensor.make(shape) { target in
      outcome = Result { () throws(StorageError) in try read(entry, into: target) }
    }
    try outcome.get()
    return tensor
  }

  private func read(
    _ entry: SafetensorsEntry, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError) {
    let start = dataStart + entry.range.lowerBound
    if entry.type == .f32 {
      let bytes = UnsafeMutableRawBufferPointer(start: target, count: entry.range.count)
      return try file.read(into: bytes, at: start)
    }
    let width = entry.type.width
    let count = entry.range.count / width
    let step = 1 << 17
    for first in stride(from: 0, to: count, by: step) {
      let last = min(count, first + step)
      let piece = try file.read(start + first * width..<start + last * width)
      piece.withUnsafeBytes { convert($0, entry.type, to: target + first) }
    }
  }
}

/// The element types of the format; only the real ones are read.
package enum SafetensorsType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes an element.
  package var width: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool: 1
    }
  }

  /// Whether its tensors can be read as Float32.
  package var isReal: Bool { self == .f32 || self == .f16 || self == .bf16 || self == .f64 }
}

/// What the header says of one tensor.
package struct SafetensorsEntry: Sendable, Hashable {
  package let name: String
  package let type: SafetensorsType
  package let shape: [Int]
  /// Bytes, counted from the beginning of the data.
  package let range: Range<Int>
}

/// Little-endian elements of a real type to Float32.
private func convert(
  _ bytes: UnsafeRawBufferPointer, _ type: SafetensorsType, to target: UnsafeMutablePointer<Float>
) {
  func element<Bits: FixedWidthInteger>(_ index: Int, _: Bits.Type) -> Bits {
    Bits(
      littleEndian: bytes.loadUnaligned(fromByteOffset: index * (Bits.bitWidth / 8), as: Bits.self))
  }
  for index in 0..<bytes.count / type.width {
    switch type {
    case .f16: target[index] = halfToFloat(element(index, UInt16.self))
    case .bf16: target[index] = Float(bitPattern: UInt32(element(index, UInt16.self)) << 16)
    case .f64: target[index] = Float(Double(bitPattern: element(index, UInt64.self)))
    default: preconditionFailure("convert from \(type.rawValue)")
    }
  }
}

/// IEEE 754 binary16 to binary32, exactly.
func halfToFloat(_ half: UInt16) -> Float {
  let sign = UInt32(half >> 15) << 31
  let exponent = UInt32(half >> 10) & 31
  let fraction = UInt32(half) & 0x3FF
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return Float(bitPattern: magnitude.bitPattern | sign)
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
