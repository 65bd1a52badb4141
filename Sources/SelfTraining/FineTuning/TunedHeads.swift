import Evaluation
import TensorCore
import Training

/// Heads that were tuned with their encoder, as a classifier has them.
struct TunedHeads {
  let heads: [LinearClassifier]

  /// The scale on which the heads see features.
  var space: FeatureSpace {
    func scale(_ part: LinearClassifier.Part) -> Projection? {
      heads.first { $0.part == part }.map { Projection(mean: $0.mean, factors: $0.factor) }
    }
    return FeatureSpace(video: scale(.video), audio: scale(.audio))
  }

  /// What each head says of each clip, the mean over its views.
  func logits(_ views: ViewSet) -> TunedLogits {
    let features = space(views)
    var result: TunedLogits = [:]
    for head in heads {
      guard let part = features[head.part.seen] else { continue }
      let said = Member.meanLogits(head.linear, part.views)
      result[head.part] = said.indices.map { part.present[$0] ? said[$0] : nil }
    }
    return result
  }
}

extension LinearClassifier {
  var linear: LinearHead { LinearHead(weights: weights, bias: bias) }
}

extension LinearClassifier.Part {
  var seen: Part { self == .video ? .video : .audio }
}

/// The temperatures of tuned heads and of what they say together, by clips whose labels were hidden from them.
struct TunedCalibration {
  /// Tuned heads may be surer of themselves by far than those that were fitted to frozen features.
  static let spread = 1.0
  private let classes: Int
  private var temperatures: [LinearClassifier.Part: Double] = [:]
  private var whole = 1.0

  init(_ logits: TunedLogits, labels: [Int], classes: Int) {
    self.classes = classes
    for (part, said) in logits {
      let known = said.indices.filter { said[$0] != nil }
      temperatures[part] = Temperature.fitted(
        known.compactMap { said[$0] }, labels: known.map { labels[$0] }, spread: Self.spread)
    }
    whole = Temperature.fitted(
      self(logits).map(Distribution.logits), labels: labels, spread: Self.spread)
  }

  /// What the heads say together of each clip.
  func callAsFunction(_ logits: TunedLogits) -> Probabilities {
    Ensemble(classes: classes, members: [], temperature: whole).combine(
      LinearClassifier.Part.allCases.compactMap { part in
        logits[part].map { said in
          said.map { $0.map { Distribution.softmax($0, temperature: temperatures[part] ?? 1) } }
        }
      })
  }

  /// The calibrated classifier of `heads`.
  func ensemble(_ heads: TunedHeads) -> Ensemble {
    Ensemble(
      classes: classes,
      members: heads.heads.map { head in
        Member(
          part: head.part.seen, head: .linear(head.linear),
          temperature: temperatures[head.part] ?? 1)
      }, temperature: whole)
  }
}
