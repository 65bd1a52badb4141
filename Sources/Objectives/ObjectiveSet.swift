import Autodiff
import NeuralNetworks
import Settings
import TensorCore

/// The objectives of one run and their weighted sum.
package final class ObjectiveSet {
  /// The objectives with their weights, in the order of the registry.
  package let members: [(objective: any Objective, weight: Double)]

  /// Makes every objective's heads in `store`, and their momentum copies in `teacher`.
  package init(
    _ weights: [(type: any Objective.Type, weight: Double)], options: OptionValues,
    dimensions: FeatureDimensions, store: ParameterStore, teacher: ParameterStore, seed: UInt64
  ) {
    members = weights.map { type, weight in
      (
        type.init(
          options: options, dimensions: dimensions, store: store, teacher: teacher, seed: seed),
        weight
      )
    }
  }

  /// What serves every member.
  package var needs: BatchNeeds {
    let needs = members.map(\.objective.needs)
    return needs.dropFirst().reduce(needs.first ?? BatchNeeds()) { $0.union($1) }
  }

  /// The weighted sum of the losses, with every member's metrics as `name/metric`; nil where no member
  /// found anything in the batch.
  package func loss(_ context: StepContext) -> ObjectiveResult {
    var terms: [(weight: Float, value: Variable)] = []
    var metrics: [(name: String, value: Double)] = []
    for (objective, weight) in members {
      let result = objective.loss(context)
      if let loss = result.loss { terms.append((Float(weight), loss)) }
      metrics += result.metrics.map { (Self.path(objective, $0.name), $0.value) }
    }
    guard !terms.isEmpty else { return ObjectiveResult(loss: nil, metrics: metrics) }
    let total = context.tape.weightedSum(terms)
    return ObjectiveResult(
      loss: total, metrics: [("loss", Double(total.value.scalar))] + metrics)
  }

  /// A scorer of every member at once, its scores as `name/score`.
  package func scorer() -> any HeldOutScorer {
    SetScorer(members.map { (type(of: $0.objective).name, $0.objective.scorer()) })
  }

  /// Every member's state, as `name.key`.
  package var state: [String: Tensor] {
    get {
      var all: [String: Tensor] = [:]
      for (objective, _) in members {
        let prefix = type(of: objective).name + "."
        for (key, tensor) in objective.state { all[prefix + key] = tensor }
      }
      return all
    }
    set {
      for (objective, _) in members {
        let prefix = type(of: objective).name + "."
        var own: [String: Tensor] = [:]
        for (key, tensor) in newValue where key.hasPrefix(prefix) {
          own[String(key.dropFirst(prefix.count))] = tensor
        }
        objective.state = own
      }
    }
  }

  private static func path(_ objective: any Objective, _ name: String) -> String {
    type(of: objective).name + "/" + name
  }
}

private final class SetScorer: HeldOutScorer {
  private let members: [(name: String, scorer: any HeldOutScorer)]

  init(_ members: [(name: String, scorer: any HeldOutScorer)]) { self.members = members }

  func add(_ context: StepContext) {
    for member in members { member.scorer.add(context) }
  }

  var scores: [HeldOutScore] {
    members.flatMap { name, scorer in
      scorer.scores.map {
        HeldOutScore(
          name: name + "/" + $0.name, value: $0.value, chance: $0.chance, count: $0.count)
      }
    }
  }
}
