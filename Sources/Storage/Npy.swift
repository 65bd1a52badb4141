import Settings
import TensorCore

/// Arrays in NumPy's `.npy` format (version 1.0): float32, little-endian, C order.
package enum Npy {
  /// Writes `tensor` to `path`, complete or not at all.
  package static func write(_ tensor: Tensor, to path: String) throws(StorageError) {
    try AtomicFile.stream(to: path) { sink throws(StorageError) in
      try sink.write(header(tensor.shape))
      let result = tensor.withData { data in
        Result { () throws(StorageError) in
          try sink.write(UnsafeRawBufferPointer(start: data, count: tensor.count * 4))
        }
      }
      try result.get()
    }
  }

  /// Reads a float32 array in C order of up to 8 dimensions; anything else is refused by name.
  package static func read(_ path: String) throws(StorageError) -> Tensor {
    let file = try NpyFile(path)
    var outcome = Result<Void, StorageError>.success(())
    let tensor = Tensor.make(Shape(file.shape)) { target in
      outcome = Result { () throws(StorageError) in
        try file.read(elements: 0..<file.shape.reduce(1, *), into: target)
      }
    }
    try outcome.get()
    return tensor
  }

  fileprivate static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// A header of 128 bytes, whatever the number of rows of a matrix: it can be written again when there are more.
  static func growingHeader(_ shape: Shape) -> [UInt8] { header(shape, size: 128) }

  private static func header(_ shape: Shape, size: Int = 0) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ")
    let tuple = shape.count == 1 ? "(\(extents),)" : "(\(extents))"
    var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }".utf8)
    // NumPy aligns the data to 64 bytes; the newline ends the header.
    while (10 + text.count + 1) % 64 != 0 || 10 + text.count + 1 < size {
      text.append(UInt8(ascii: " "))
    }
    text.append(UInt8(ascii: "\n"))
    return magic + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text
  }
}

/// An `.npy` file of float32 in C order, checked against its header; elements are read as they are wanted.
final class NpyFile: Sendable {
  let shape: [Int]
  private let file: OpenFile
  private let dataStart: Int

  init(_ path: String) throws(StorageError) {
    func refuse(_ reason: String) -> StorageError {
      .badData(path: path, reason: "\(reason); save it with numpy.save as float32 in C order")
    }
    func cut(_ reason: String) -> StorageError {
      .badData(path: path, reason: "is cut short: \(reason); copy it again or make it again")
    }
    let file = try OpenFile.reading(path)
    let size = try file.size()
    let start = try file.read(0..<min(12, size))
    guard Npy.magic.starts(with: start.prefix(6)) else { throw refuse("not an .npy file") }
    guard size >= 12 else { throw cut(counted(size, "byte")) }
    guard (1...3).contains(start[6]), start[7] == 0 else {
      throw refuse("version \(start[6]).\(start[7]) of the .npy format is unknown")
    }
    let isShort = start[6] == 1
    let length = start[8..<(isShort ? 10 : 12)].reversed().reduce(0) { $0 << 8 | Int($1) }
    dataStart = (isShort ? 10 : 12) + length
    guard length <= 1 << 16 else { throw refuse("a header of \(length) bytes") }
    guard dataStart <= size else { throw cut("it ends within its header") }
    let text = try file.read(dataStart - length..<dataStart)
    guard let header = NpyHeader(text) else { throw refuse("the header cannot be read") }
    guard header.type == "<f4" else { throw refuse("elements of type \(header.type)") }
    guard !header.isFortranOrder || header.shape.count <= 1 else { throw refuse("Fortran order") }
    guard header.shape.count <= 8, header.shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw refuse("the shape is too large")
    }
    var bytes = 4
    for extent in header.shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw refuse("the shape is too large") }
      bytes = product
    }
    guard bytes <= size - dataStart else {
      throw cut("\(counted(size - dataStart, "byte")) of data where its shape needs \(bytes)")
    }
    guard bytes == size - dataStart else {
      throw refuse("\(size - dataStart) bytes of data where its shape needs \(bytes)")
    }
    shape = header.shape
    self.file = file
  }

  /// Fills `target` with the elements of `range`, counted in the file's order.
  func read(
    elements range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError) {
    try file.read(
      into: .init(start: target, count: range.count * 4), at: dataStart + range.lowerBound * 4)
  }
}

/// The Python dictionary that heads an `.npy` file.
private struct NpyHeader {
  var type = ""
  var isFortranOrder = false
  var shape: [Int] = []

  init?(_ text: [UInt8]) {
    var rest = String(decoding: text, as: UTF8.self)[...]
    var seen: Set<String> = []
    func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\n" } }
    func take(_ token: String) -> Bool {
      skipSpace()
      guard rest.hasPrefix(token) else { return false }
      rest.removeFirst(token.count)
      return true
    }
    func quoted() -> String? {
      guard take("'"), let end = rest.firstIndex(of: "'") else { return nil }
      defer { rest = rest[rest.index(after: end)...] }
      return String(rest[..<end])
    }
    func tuple() -> [Int]? {
      guard take("(") else { return nil }
      var numbers: [Int] = []
      while !take(")") {
        skipSpace()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), number >= 0 else { return nil }
        numbers.append(number)
        rest = rest.dropFirst(digits.count)
        if !take(",") {
          // (3) is a number in Python, not a tuple.
          guard numbers.count != 1, take(")") else { return nil }
          break
        }
      }
      return numbers
    }
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = quoted(), seen.insert(key).inserted, take(":") else { return nil }
      switch key {
      case "descr":
        guard let value = quoted() else { return nil }
        type = value
      case "fortran_order":
        if take("True") { isFortranOrder = true } else if !take("False") { return nil }
      case "shape":
        guard let value = tuple() else { return nil }
        shape = value
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard rest.isEmpty, seen.count == 3 else { return nil }
  }
}
