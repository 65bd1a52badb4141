import Autodiff
import NeuralNetworks
import TensorCore

/// The features of clips as `embed` makes them, on a tape that carries gradients back to the encoders.
struct PooledFeatures {
  let encoders: Encoders
  /// Whether the mean change from picture to picture stands beside the mean.
  let changes: Bool
  let tape: Tape

  /// A feature shorter than this is nothing.
  private static let least: Float = 1e-8

  /// The feature of each clip in pieces [clips, D]: the mean over space and time at length 1 and, with `changes`, the
  /// mean absolute change of the map from picture to picture at length 1; both by 1/√2 where both are there.
  func callAsFunction(_ pictures: TuningInput.Pictures) -> [Variable] {
    let map = encoders.visual(tape.constant(pictures.images), tape: tape)
    let counts = pictures.clips.map(\.count)
    let mean = tape.l2Normalise(
      tape.matmul(averaging(counts), tape.spatialMean(map)), epsilon: Self.least)
    guard changes else { return [mean] }
    let change = change(map, counts)
    let width = encoders.visual.channels
    let share = change.value.withData { values in
      Tensor.make([counts.count, width]) { out in
        for row in counts.indices {
          let isThere = (0..<width).contains { values[row * width + $0] != 0 }
          (out + row * width).update(
            repeating: isThere ? Float(0.5).squareRoot() : 1, count: width)
        }
      }
    }
    return [mean, change].map { tape.multiply($0, tape.constant(share)) }
  }

  /// [sounds, D] at length 1.
  func callAsFunction(_ sounds: TuningInput.Sounds) -> [Variable] {
    let heard = encoders.sound(tape.constant(sounds.spectrograms), tape: tape)
    return [tape.l2Normalise(heard, epsilon: Self.least)]
  }

  private func change(_ map: Variable, _ counts: [Int]) -> Variable {
    let shape = map.shape
    var later: [Int] = []
    var first = 0
    for count in counts {
      later += (first..<first + count).dropFirst()
      first += count
    }
    guard !later.isEmpty else { return tape.constant(.zeros([counts.count, shape[3]])) }
    let flat = tape.reshape(map, [shape[0], shape[1] * shape[2] * shape[3]])
    let difference = tape.subtract(
      tape.gatherRows(flat, later), tape.gatherRows(flat, later.map { $0 - 1 }))
    let size = tape.add(tape.relu(difference), tape.relu(tape.scale(difference, by: -1)))
    let means = tape.spatialMean(
      tape.reshape(size, [later.count, shape[1], shape[2], shape[3]]))
    return tape.l2Normalise(
      tape.matmul(averaging(counts.map { $0 - 1 }), means), epsilon: Self.least)
  }

  /// The matrix [groups, rows] that takes the mean of so many rows each; of none it is 0.
  private func averaging(_ counts: [Int]) -> Variable {
    let rows = counts.reduce(0, +)
    return tape.constant(
      .make([counts.count, rows]) { out in
        out.update(repeating: 0, count: counts.count * rows)
        var first = 0
        for (group, count) in counts.enumerated() where count > 0 {
          (out + group * rows + first).update(repeating: 1 / Float(count), count: count)
          first += count
        }
      })
  }
}
