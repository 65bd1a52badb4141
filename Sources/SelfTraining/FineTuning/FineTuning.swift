import ClipData
import Evaluation
import NeuralNetworks
import TensorCore
import Training

/// Fine-tunes the encoder on the clips of a self-training, and keeps the result only where hidden labels speak for it.
///
/// The labelled clips are dealt into folds. For each fold the encoder is tuned anew from the pretrained one without the
/// fold's clips: neither their labels nor their pictures or sound are seen, and what the frozen heads say of the others
/// comes from heads that do not know those labels either. The tuned encoder then embeds the hidden clips as `predict`
/// would. So every labelled clip is judged once, by a tuning that never saw it, and by frozen heads that had the same
/// labels. `HeldOutComparison` decides.
///
/// It takes minutes and keeps nothing on the way: after a stop it is done again as a whole.
package struct FineTuning {
  let frozen: SelfTrainingResult
  let views: ViewSet
  let labels: [LabelledClip]
  let test: [LabelledClip]
  let settings: SelfTrainingSettings
  let plan: FineTuningPlan
  /// With the pretrained encoder.
  let embedder: ClipEmbedder
  /// All files of the folder, in the order in which they are embedded, and the one of each row.
  let listing: [MediaFile]
  let files: [MediaFile]

  /// What came of it.
  package struct Outcome {
    /// With the line of the fine-tuning, and its classifier where that is kept.
    package var result: SelfTrainingResult
    /// The tuned encoders where they are kept.
    package var encoders: Encoders?
  }

  /// A finished tuning.
  private struct Tuned {
    var encoders: Encoders
    var heads: TunedHeads
    var outcome: FineTuner.Outcome
  }

  static let folds = 4

  package init(
    _ frozen: SelfTrainingResult, _ views: ViewSet, labels: [LabelledClip], test: [LabelledClip],
    settings: SelfTrainingSettings, plan: FineTuningPlan, embedder: ClipEmbedder,
    listing: [MediaFile]
  ) {
    (self.frozen, self.views, self.labels, self.test) = (frozen, views, labels, test)
    (self.settings, self.plan, self.embedder, self.listing) = (settings, plan, embedder, listing)
    let byPath = Dictionary(
      listing.map { ($0.relativePath, $0) }, uniquingKeysWith: { first, _ in first })
    files = views.paths.compactMap { byPath[$0] }
    precondition(files.count == views.clips, "clips without files")
  }

  private var classes: Int { frozen.classifier.classes.count }

  /// Tunes and decides; nil when `shouldStop` said so.
  ///
  /// - Parameter progress: called with the steps that are done, and of how many.
  package func run(
    progress: @escaping @Sendable (Int, Int) -> Void,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws -> Outcome? {
    let heads = FrozenHeads(
      views, classes: classes, settings: settings, rounds: frozen.record.chosen)
    let clips = TuningClips(
      embedder, files: files, frames: plan.frames, seed: settings.seed)
    var random = CounterRandom(seed: settings.seed, purpose: .folds, step: 2)
    let folds = LabelFolds(
      labels, classes: classes, usual: Self.folds, most: Self.folds, random: &random)
    let total = (folds.folds.count + 1) * plan.steps
    var hidden = HiddenClips(labels, folds, classes: classes)
    if let obstacle = hidden.obstacle, test.isEmpty {
      var result = frozen
      result.record.verdict +=
        " Fine-tuning is not tried: \(obstacle); label more clips for it."
      return Outcome(result: result, encoders: nil)
    }
    var trainings: [FineTuner.Outcome] = []
    for (number, fold) in folds.folds.enumerated() {
      let held = fold.held.map { labels[$0] }
      let visible = fold.train.map { labels[$0] }
      let said = heads.said(visible)
      let tuned = try tune(
        visible, hidden: held, said, heads, clips,
        progress: { progress(number * plan.steps + $0, total) }, shouldStop)
      guard let tuned else { return nil }
      let judged = try embed(held.map { files[$0.row] }, tuned.encoders, shouldStop)
      guard let judged else { return nil }
      hidden.add(
        number, frozen: held.map { said[$0.row] }, tuned: tuned.heads, judged, embedder)
      trainings.append(tuned.outcome)
    }
    let comparison = hidden.comparison()
    var record = FineTuningRecord(
      comparison, steps: plan.steps, folds: folds.folds.count,
      trainings: trainings)
    if let obstacle = hidden.obstacle { (record.isKept, record.obstacle) = (false, obstacle) }
    guard record.isKept || !test.isEmpty else {
      progress(total, total)
      return Outcome(result: told(record, hidden).unkept, encoders: nil)
    }
    let tuned = try tune(
      labels, hidden: [], heads.said(labels), heads, clips,
      progress: { progress(folds.folds.count * plan.steps + $0, total) }, shouldStop)
    guard let tuned else { return nil }
    // Where no part is there in every class, there was nothing to tune by.
    guard !tuned.heads.heads.isEmpty else {
      return Outcome(result: told(record, hidden).unkept, encoders: nil)
    }
    guard let all = try embed(listing, tuned.encoders, shouldStop) else { return nil }
    record.trainings.append(tuned.outcome)
    if let lost = lost(all) {
      (record.isKept, record.obstacle) = (false, lost)
      return Outcome(result: told(record, hidden).unkept, encoders: nil)
    }
    return Outcome(
      result: told(record, hidden).result(tuned.heads, rows(all)),
      encoders: record.isKept ? tuned.encoders : nil)
  }

  private func told(_ record: FineTuningRecord, _ hidden: HiddenClips) -> TunedResult {
    TunedResult(frozen: frozen, record: record, hidden: hidden, labels: labels, test: test)
  }

  /// Tunes with the labels `visible` and, of the clips without a label, all but `hidden`.
  private func tune(
    _ visible: [LabelledClip], hidden: [LabelledClip], _ said: [[Double]], _ heads: FrozenHeads,
    _ clips: TuningClips, progress: (Int) -> Void, _ shouldStop: () -> Bool
  ) throws -> Tuned? {
    let taken = Set((visible + hidden).map(\.row))
    let pool = (0..<views.clips).filter {
      !taken.contains($0) && (views.hasVideo[$0] || views.hasAudio[$0])
    }
    guard let networks = embedder.encoder.encoders else {
      preconditionFailure("fine-tuning of an encoder without weights")
    }
    let linear = heads.linear(visible, told: pool.map { ($0, said[$0]) })
    // Of sound alone a class may be left that is not heard in any clip: there is nothing to tune by.
    guard !linear.isEmpty else {
      return Tuned(encoders: networks, heads: TunedHeads(heads: []), outcome: FineTuner.Outcome())
    }
    let model = FineTuningModel(
      networks, heads: linear, changes: embedder.settings.temporal, plan: plan)
    let label = Dictionary(uniqueKeysWithValues: visible.map { ($0.row, $0.label) })
    let known = EpochOrder(videos: visible.map(\.row), seed: settings.seed)
    let others = pool.isEmpty ? nil : EpochOrder(videos: pool, seed: settings.seed &+ 1)
    let outcome = try FineTuner.run(
      model, steps: plan.steps,
      batch: { step in
        let labelled = (0..<plan.labelled).map {
          known.video(at: step * plan.labelled + $0).video
        }
        let unlabelled = (0..<(others == nil ? 0 : plan.unlabelled)).compactMap {
          others?.video(at: step * plan.unlabelled + $0).video
        }
        let draws = (labelled + unlabelled).enumerated().map {
          TuningClips.Draw(file: $1, slot: $0)
        }
        return TuningBatch(
          strong: try clips.input(draws, step: step, isStrong: true),
          weak: try clips.input(
            Array(draws.dropFirst(labelled.count)), step: step, isStrong: false),
          labels: labelled.compactMap { label[$0] }, targets: unlabelled.map { said[$0] })
      }, progress: progress, shouldStop: shouldStop)
    guard let outcome else { return nil }
    let tuned = model.tuned
    return Tuned(
      encoders: tuned.encoders, heads: TunedHeads(heads: tuned.heads), outcome: outcome)
  }

  /// The rows that tuned encoders give of files, in their order; nil when `shouldStop` said so.
  private func embed(
    _ files: [MediaFile], _ encoders: Encoders, _ shouldStop: @escaping @Sendable () -> Bool
  ) throws -> [EmbeddedFile]? {
    let found = CollectedFiles()
    let (_, done) = try EmbeddingRun(
      files, embedder: try embedder.with(encoders), shouldStop: shouldStop,
      deliver: { number, file, _ in found.add(number, file) }
    ).run()
    return done == files.count ? found.files(files.count) : nil
  }

  /// What each clip of `views` gave among the files of the whole listing.
  private func found(_ embedded: [EmbeddedFile]) -> [EmbeddedFile] {
    let byPath = Dictionary(
      zip(listing.map(\.relativePath), embedded), uniquingKeysWith: { first, _ in first })
    return views.paths.map { byPath[$0] ?? EmbeddedFile() }
  }

  /// The first clip that gives no vector any more, in words; nil where all do.
  private func lost(_ embedded: [EmbeddedFile]) -> String? {
    zip(files, found(embedded)).first { $0.1.rows.isEmpty }.map { file, found in
      "\(file.path) gives no vector any more (\(found.failure ?? "it is gone"))"
    }
  }

  /// The rows of the clips of `views` among those of the whole listing.
  private func rows(_ embedded: [EmbeddedFile]) -> ViewSet { ViewSet(found(embedded), embedder) }
}
