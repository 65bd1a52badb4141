import Storage
import TensorCore

extension Parser {
  /// Files of numbers.
  static let tensors = [
    Parser(name: "safetensors", file: "model.safetensors") { path, bytes in
      let file = try SafetensorsFile(path)
      var end = 0
      for entry in file.entries {
        require(entry.range.lowerBound == end, "\(entry.name) overlaps or leaves a gap")
        end = entry.range.upperBound
        let elements = entry.shape.reduce(1, *)
        require(elements * entry.type.width == entry.range.count, "\(entry.name) has not its shape")
      }
      require(end <= bytes.count, "more data than bytes")
      require(Set(file.names).count == file.names.count, "a name twice")
      for name in file.names {
        let tensor = try file.tensor(name)
        require(tensor.count == file[name]?.shape.reduce(1, *), "\(name) has not its shape")
      }
    },
    Parser(name: "npy", file: "rows.npy") { path, bytes in
      let tensor = try Npy.read(path)
      require(tensor.count * 4 <= bytes.count, "more elements than bytes")
      let rows = try NpyRows(path)
      require(rows.rows * rows.columns == tensor.count, "another shape")
      require(rows.columns > 0 || rows.rows == 0, "rows of nothing")
      require(
        try rows.tensor(rows: 0..<rows.rows).array.map(\.bitPattern)
          == tensor.array.map(\.bitPattern), "rows differ")
    },
  ]
}
