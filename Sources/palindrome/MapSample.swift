import Neighbours
import Settings
import TensorCore

/// The rows of an embedding file that are drawn, at unit length.
struct MapSample {
  /// Rising.
  let rows: [Int]
  /// [rows, dimension], each of length 1.
  let unit: Tensor
  /// Rows among those looked at that are zero: they lie nowhere.
  let empty: Int

  /// Draws `most` of the rows where there are more.
  init(_ set: SearchSet, part: SearchSet.Part, most: Int, seed: UInt64) throws {
    let vectors = try set.part(part)
    let drawn = Self.draw(vectors.rows, most, seed)
    var rows: [Int] = []
    var values: [Float] = []
    values.reserveCapacity(drawn.count * vectors.dimension)
    for row in drawn {
      let vector = try vectors.unit(row)
      guard vector.contains(where: { $0 != 0 }) else { continue }
      rows.append(row)
      values += vector
    }
    guard rows.count >= 3 else {
      throw CommandFailure(
        .noInput, "\(set.path): \(counted(rows.count, "clip")) to draw; a map needs three or more")
    }
    self.rows = rows
    unit = Tensor(values, [rows.count, vectors.dimension])
    empty = drawn.count - rows.count
  }

  private static func draw(_ total: Int, _ most: Int, _ seed: UInt64) -> [Int] {
    guard total > most else { return Array(0..<total) }
    // Floyd's sampling (Bentley, Floyd 1987): every set of so many rows is as likely.
    var random = CounterRandom(seed: seed, purpose: .projection, step: 3)
    var chosen: Set<Int> = []
    for bound in total - most..<total {
      let row = random.integer(below: bound + 1)
      if !chosen.insert(row).inserted { chosen.insert(bound) }
    }
    return chosen.sorted()
  }
}
