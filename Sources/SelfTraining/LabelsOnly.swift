import Evaluation
import TensorCore

/// What labels alone give: the ensemble that every round must be better than, and the first teacher.
struct LabelsOnly: Sendable {
  /// The recipe of each member of the ensemble, chosen by cross-validation.
  let recipes: [HeadRecipe]
  let ensemble: Ensemble
  /// For each labelled clip what the members say together that did not see it, calibrated.
  let outOfFold: Probabilities

  /// The mean of the largest probability in those.
  var confidence: Double {
    outOfFold.reduce(0) { $0 + ($1.max() ?? 0) } / Double(max(1, outOfFold.count))
  }

  /// Folds of the labelled clips by which recipes and temperatures are chosen.
  static let usualFolds = 5
  static let mostFolds = 40

  init(_ problem: Problem) {
    var random = CounterRandom(seed: problem.settings.seed, purpose: .folds)
    let folds = LabelFolds(
      problem.labelled, classes: problem.classes, usual: Self.usualFolds, most: Self.mostFolds,
      random: &random)
    var recipes: [HeadRecipe] = []
    var members: [Member] = []
    var votes: [[[Double]?]] = []
    for part in problem.parts {
      guard let features = problem.features[part] else { continue }
      for options in HeadRecipe.kinds {
        let choice = Choice(options, part, features, problem, folds)
        let present = problem.labelled.filter { features.present[$0.row] }
        let head = choice.recipe.fit(
          features, present, problem, problem.random(round: 0, part: part, 0))
        recipes.append(choice.recipe)
        members.append(Member(part: part, head: head, temperature: choice.temperature))
        votes.append(
          choice.logits.map { logits in
            logits.map { Distribution.softmax($0, temperature: choice.temperature) }
          })
      }
    }
    var ensemble = Ensemble(classes: problem.classes, members: members)
    let raw = ensemble.combine(votes)
    ensemble.temperature = Temperature.fitted(
      raw.map(Distribution.logits), labels: problem.labelled.map(\.label))
    self.recipes = recipes
    self.ensemble = ensemble
    outOfFold = ensemble.combine(votes)
  }
}

/// The recipe under which labelled clips are most probable to fits that did not see them.
private struct Choice {
  let recipe: HeadRecipe
  let temperature: Double
  /// Out of fold, of each labelled clip; nil for one without that part.
  let logits: [[Double]?]

  init(
    _ options: [HeadRecipe], _ part: Part, _ features: PartFeatures, _ problem: Problem,
    _ folds: LabelFolds
  ) {
    let clips = problem.labelled
    var best: (cost: Double, recipe: HeadRecipe, temperature: Double, logits: [[Double]?])?
    for recipe in options {
      var logits = [[Double]?](repeating: nil, count: clips.count)
      for fold in 0..<folds.count {
        let train = folds.train(fold).map { clips[$0] }.filter { features.present[$0.row] }
        let held = folds.held(fold).filter { features.present[clips[$0].row] }
        guard !train.isEmpty, !held.isEmpty else { continue }
        let head = recipe.fit(
          features, train, problem, problem.random(round: 0, part: part, 0))
        let said = Member.meanLogits(
          head, features.views.map { $0.rows(held.map { clips[$0].row }) })
        for (place, clip) in held.enumerated() { logits[clip] = said[place] }
      }
      let known = clips.indices.filter { logits[$0] != nil }
      let (said, labels) = (known.compactMap { logits[$0] }, known.map { clips[$0].label })
      let temperature = Temperature.fitted(said, labels: labels)
      let cost = Temperature.loss(said, labels: labels, temperature: temperature)
      if best.map({ cost < $0.cost - 1e-9 }) ?? true {
        best = (cost, recipe, temperature, logits)
      }
    }
    recipe = best?.recipe ?? options[0]
    temperature = best?.temperature ?? 1
    logits = best?.logits ?? clips.map { _ in nil }
  }
}
