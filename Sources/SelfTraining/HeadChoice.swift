/// A head of one kind for one part: the recipe under which labelled clips are most probable to fits that did not see
/// them, once their logits are calibrated.
struct HeadChoice: Sendable {
  let recipe: HeadRecipe
  /// The head that all visible labels give.
  let member: Member
  /// What fits that did not see it say of each labelled clip, calibrated; nil for one without that part, or that is alone in
  /// its class.
  let outOfFold: [[Double]?]

  /// nil where no head of the kind can be fitted.
  init?(_ options: [HeadRecipe], _ part: Part, _ problem: Problem, _ folds: LabelFolds) {
    guard let features = problem.features[part] else { return nil }
    let clips = problem.labelled
    let random = problem.random(round: 0, part: part, 0)
    func fit(_ recipe: HeadRecipe, _ places: [Int]) -> AnyHead? {
      let present = places.map { clips[$0] }
      return present.isEmpty ? nil : recipe.fit(features, present, problem, random)
    }
    var best: (cost: Double, recipe: HeadRecipe, temperature: Double, logits: [[Double]?])?
    for recipe in options {
      var logits = [[Double]?](repeating: nil, count: clips.count)
      for fold in folds.folds {
        let train = fold.train.filter { features.present[clips[$0].row] }
        let known = Set(train.map { clips[$0].label })
        // A clip that was the last of its class cannot be told right, which says nothing about the head.
        let held = fold.held.filter {
          features.present[clips[$0].row] && known.contains(clips[$0].label)
        }
        guard !held.isEmpty, let head = fit(recipe, train) else { continue }
        let said = Member.meanLogits(
          head, features.views.map { $0.rows(held.map { clips[$0].row }) })
        for (place, clip) in held.enumerated() { logits[clip] = said[place] }
      }
      let known = clips.indices.filter { logits[$0] != nil }
      let (said, labels) = (known.compactMap { logits[$0] }, known.map { clips[$0].label })
      let temperature = Temperature.fitted(said, labels: labels)
      let cost = Temperature.loss(said, labels: labels, temperature: temperature)
      if best.map({ cost < $0.cost - 1e-9 }) ?? true { best = (cost, recipe, temperature, logits) }
    }
    guard let best,
      let head = fit(
        best.recipe, clips.indices.filter { features.present[clips[$0].row] })
    else { return nil }
    recipe = best.recipe
    member = Member(part: part, head: head, temperature: best.temperature)
    outOfFold = best.logits.map { logits in
      logits.map { Distribution.softmax($0, temperature: best.temperature) }
    }
  }
}
