import Foundation
import Storage
import TensorCore
import TestSupport

/// Rows in clusters: around one of some centres, all of them numbers of the formula.
func clusteredRows(_ rows: Int, _ columns: Int, clusters: Int, noise: Double) -> Tensor {
  let centres = (0..<clusters).map { formulaNumbers("centre \($0)", columns) }
  return Tensor(
    (0..<rows).flatMap { row in
      zip(centres[row % clusters], formulaNumbers("noise \(row)", columns)).map {
        Float($0 + noise * $1)
      }
    }, [rows, columns])
}

/// Each row divided by its length.
func unitRows(_ data: Tensor) -> Tensor {
  let (rows, columns) = (data.shape[0], data.shape[1])
  let values = data.array
  return Tensor(
    (0..<rows).flatMap { row -> [Float] in
      let line = values[row * columns..<(row + 1) * columns]
      let length = line.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return line.map { Float(Double($0) / max(length, 1e-30)) }
    }, data.shape)
}

/// What NumPy, scikit-learn and umap-learn computed: `Goldens/make_goldens.py`.
func golden(_ name: String) throws -> Tensor {
  let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Goldens/neighbours.safetensors").path
  return try SafetensorsFile(path).tensor(name)
}
