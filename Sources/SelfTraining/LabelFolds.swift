import Evaluation
import TensorCore

/// How labelled clips are split when some must be judged by fits that did not see them.
///
/// A fit that has fewer labels of the class of the clip it judges than of the others speaks against that class, and at two
/// labels a class says more of the split than of the clips (Airola et al., Computational Statistics & Data Analysis 55, 2011).
/// So that every class is left about the same share of its clips, some of those that are not judged are not shown either.
package struct LabelFolds: Sendable {
  /// Clips, places in the list of labelled ones, of one fold.
  package struct Fold: Sendable {
    /// Those that are judged.
    package var held: [Int]
    /// Those whose labels are seen.
    package var train: [Int]
  }
  package let folds: [Fold]

  /// Below so many labels a class each clip is a fold of its own.
  static let few = 5
  /// A class that loses most of its clips does not take as many from the others.
  static let leastShare = 0.5

  /// Folds that hide about one clip of each class, at most `most`.
  package init(
    hidingOneOfEach clips: [LabelledClip], classes: Int, most: Int, random: inout CounterRandom
  ) {
    self.init(clips, classes, random: &random) { least, units in min(most, units ?? least) }
  }

  /// At most `most` folds where labels are few, `usual` where they are not.
  init(
    _ clips: [LabelledClip], classes: Int, usual: Int, most: Int, random: inout CounterRandom
  ) {
    self.init(clips, classes, random: &random) { least, units in
      min(units ?? clips.count, least < Self.few ? most : usual)
    }
  }

  /// Clips of a group stay together unless that would leave a class without any other clip. `count` is given the clips of
  /// the smallest class, and the number of groups where they count.
  private init(
    _ clips: [LabelledClip], _ classes: Int, random: inout CounterRandom,
    count: (_ least: Int, _ units: Int?) -> Int
  ) {
    let labels = clips.map(\.label)
    let groups = Self.separable(clips, classes) ? clips.map { $0.group ?? "" } : nil
    let least = (0..<classes).map { place in labels.count { $0 == place } }.min() ?? 0
    var count = max(2, count(least, groups.map { Set($0).count }))
    var places = Folds.stratified(labels: labels, groups: groups, count: count, random: &random)
    if let groups, !Self.leaveEveryClass(places, labels, classes) {
      // All groups of a class came together. Each by itself leaves it another one.
      let names = Set(groups).sorted()
      let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
      count = names.count
      places = groups.map { numbers[$0] ?? 0 }
    }
    var folds: [Fold] = []
    for fold in 0..<count {
      let held = places.indices.filter { places[$0] == fold }
      guard !held.isEmpty else { continue }
      let rest = places.indices.filter { places[$0] != fold }
      folds.append(Fold(held: held, train: Self.even(rest, labels, classes, &random)))
    }
    self.folds = folds
  }

  /// Whether clips of every class are left whichever fold is held.
  private static func leaveEveryClass(_ places: [Int], _ labels: [Int], _ classes: Int) -> Bool {
    Set(places).allSatisfy { held in
      Set(zip(places, labels).filter { $0.0 != held }.map(\.1)).count == classes
    }
  }

  /// Of each class about the share that is left of the class that loses most.
  private static func even(
    _ rest: [Int], _ labels: [Int], _ classes: Int, _ random: inout CounterRandom
  ) -> [Int] {
    let left = (0..<classes).map { place in rest.filter { labels[$0] == place } }
    let all = (0..<classes).map { place in labels.count { $0 == place } }
    let shares = zip(left, all).filter { !$0.0.isEmpty }.map { Double($0.count) / Double($1) }
    let share = max(leastShare, shares.min() ?? 1)
    return zip(left, all).flatMap { clips, count in
      let kept = max(1, Int((share * Double(count) - 1e-9).rounded(.up)))
      guard kept < clips.count else { return clips }
      return Folds.permutation(clips.count, &random).prefix(kept).map { clips[$0] }
    }.sorted()
  }

  /// Whether every class has clips of two groups.
  private static func separable(_ clips: [LabelledClip], _ classes: Int) -> Bool {
    (0..<classes).allSatisfy { place in
      let groups = clips.filter { $0.label == place }.map(\.group)
      return !groups.contains(nil) && Set(groups).count > 1
    }
  }
}
