import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import TensorCore

/// A score on held-out videos, by its full name, beside that of guessing.
package struct Score: Sendable, Codable, Equatable {
  /// `<objective>/<score>`.
  package let name: String
  package let value: Double
  package let chance: Double
  /// How many decisions the value is the mean of.
  package let count: Int
}

/// What the averaged weights are worth on the held-out videos.
package struct HeldOutEvaluation: Sendable {
  package var scores: [Score] = []
  /// The spread of the pooled features, by encoder: the watch against collapse.
  package var collapse: [(encoder: String, spread: Collapse)] = []
  /// Held-out videos that could not be used, with the reason.
  package var skipped: [String] = []

  /// What to tell the user of the run besides.
  package var remarks: [String] = []

  /// What to tell the user: of collapsed features, and the remarks.
  package var warnings: [String] {
    collapse.compactMap { encoder, spread in spread.warning.map { "\(encoder) encoder: \($0)" } }
      + remarks
  }

  package init(scores: [Score] = [], collapse: [(encoder: String, spread: Collapse)] = []) {
    self.scores = scores
    self.collapse = collapse
  }
}

extension PretrainingModel {
  /// Scores the averaged weights in evaluation mode over every held-out batch; nothing of the model
  /// changes. One batch is held at a time; what stays of each is its clips' features.
  package func evaluate(_ source: any BatchSource) throws -> HeldOutEvaluation {
    try withAveragedWeights {
      let scorer = objectives.scorer()
      var result = HeldOutEvaluation()
      var pictures: [(matrix: Tensor, mask: [Bool]?)] = []
      var sounds: [(matrix: Tensor, mask: [Bool]?)] = []
      var index = 0
      while let (clips, skipped) = try source.heldOutBatch(index) {
        index += 1
        result.skipped += skipped
        guard let batch = clips else { continue }
        let context = context(batch, tape: .evaluation(), forLoss: false)
        scorer.add(context)
        if batch.hasPictures { pictures.append((context.encoded.pooled.value, nil)) }
        if let audio = context.encoded.audio { sounds.append((audio.value, batch.hasAudio)) }
      }
      guard !pictures.isEmpty || !sounds.isEmpty else { return result }
      result.scores = scorer.scores.map {
        Score(name: $0.name, value: $0.value, chance: $0.chance, count: $0.count)
      }
      if !pictures.isEmpty, let spread = Collapse(of: rows(pictures)) {
        result.collapse.append(("visual", spread))
      }
      if !sounds.isEmpty, let spread = Collapse(of: rows(sounds)) {
        result.collapse.append(("audio", spread))
      }
      return result
    }
  }
}

extension PretrainingModel {
  /// Scores the random weights that training begins with.
  ///
  /// Batch normalisation that has seen no data lets the features of such a network shrink to almost
  /// one point, and beating that shows nothing: its statistics are taken from the first held-out
  /// batch, for these scores only.
  package func evaluateUntrained(_ source: any BatchSource) throws -> HeldOutEvaluation {
    guard let batch = try source.heldOutBatch(0)?.batch else { return try evaluate(source) }
    let before = snapshot()
    defer { restore(before) }
    let statistics = online.all.filter { $0.role == .buffer }
    let initial = statistics.map(\.value)
    // Of statistics that begin at 0, one pass leaves the batch's own times the momentum.
    for buffer in statistics { buffer.value = .zeros(buffer.value.shape) }
    _ = objectives.loss(context(batch, tape: Tape(recording: false, training: true)))
    for (buffer, value) in zip(statistics, initial) {
      if buffer.value.sumOfSquares == 0 {
        buffer.value = value  // not reached by any objective
      } else {
        buffer.value.scale(1 / BatchNormParameters.customaryMomentum)
      }
    }
    teacher.copyValues(from: online)
    return try evaluate(source)
  }
}

/// The rows of several matrices under each other, those alone that their mask keeps.
private func rows(_ parts: [(matrix: Tensor, mask: [Bool]?)]) -> Tensor {
  let columns = parts.first?.matrix.shape[1] ?? 0
  var values: [Float] = []
  for (matrix, mask) in parts {
    let all = matrix.array
    for row in 0..<matrix.shape[0] where mask?[row] ?? true {
      values += all[row * columns..<(row + 1) * columns]
    }
  }
  return Tensor(values, [columns == 0 ? 0 : values.count / columns, columns])
}
