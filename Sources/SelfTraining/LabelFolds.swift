import Evaluation
import TensorCore

/// How labelled clips are split when some must be judged by fits that did not see them.
struct LabelFolds: Sendable {
  /// The fold of each labelled clip, 0 ..< `count`.
  let folds: [Int]
  let count: Int
  /// Whether clips of a group stay together.
  let isByGroup: Bool

  /// Below so many labels a class each clip is a fold of its own.
  static let few = 5

  /// Folds that hide about one clip of each class, at most `most`: with all classes missing as many, none is wronged.
  init(hidingOneOfEach clips: [LabelledClip], classes: Int, most: Int, random: inout CounterRandom) {
    let labels = clips.map(\.label)
    let groups = Self.separable(clips, classes) ? clips.map { $0.group ?? "" } : nil
    let least = (0..<classes).map { place in labels.count { $0 == place } }.min() ?? 0
    count = max(2, min(most, groups.map { Set($0).count } ?? least))
    folds = Folds.stratified(labels: labels, groups: groups, count: count, random: &random)
    isByGroup = groups != nil
  }

  /// At most `most` folds where labels are few, `usual` where they are not.
  ///
  /// Clips of a group stay together unless that would leave a class without any other clip.
  init(
    _ clips: [LabelledClip], classes: Int, usual: Int, most: Int, random: inout CounterRandom
  ) {
    let labels = clips.map(\.label)
    let groups = Self.separable(clips, classes) ? clips.map { $0.group ?? "" } : nil
    let least = (0..<classes).map { place in labels.count { $0 == place } }.min() ?? 0
    let units = groups.map { Set($0).count } ?? clips.count
    count = max(2, min(units, least < Self.few ? most : usual))
    folds = Folds.stratified(labels: labels, groups: groups, count: count, random: &random)
    isByGroup = groups != nil
  }

  /// Whether every class has clips of two groups.
  private static func separable(_ clips: [LabelledClip], _ classes: Int) -> Bool {
    (0..<classes).allSatisfy { place in
      let groups = clips.filter { $0.label == place }.map(\.group)
      return !groups.contains(nil) && Set(groups).count > 1
    }
  }

  func train(_ fold: Int) -> [Int] { folds.indices.filter { folds[$0] != fold } }
  func held(_ fold: Int) -> [Int] { folds.indices.filter { folds[$0] == fold } }
}
