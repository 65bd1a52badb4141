import Evaluation
import NeuralNetworks
import Storage
import TensorCore
import TestSupport
import Testing
import Training

@testable import SelfTraining

/// A tuned encoder in a classifier's folder.
@Suite struct TunedFolderTests {
  private static let classes = ["a", "b"]

  /// Clips of two classes, 16 values each, the class in the first one.
  private static func views(_ width: Int) -> ViewSet {
    var random = CounterRandom(seed: 1, purpose: .test)
    let rows = (0..<12).map { row -> [Float] in
      unitLength(
        (0..<width).map { column in
          (column == 0 ? Float(row % 2) * 4 : 0) + 0.3 * random.normal()
        })
    }
    return ViewSet(
      paths: (0..<12).map { "\($0).mp4" }, video: [Tensor(rows.flatMap { $0 }, [12, width])],
      audio: [.zeros([12, 0])], hasVideo: [Bool](repeating: true, count: 12),
      hasAudio: [Bool](repeating: false, count: 12))
  }

  private static let labels = (0..<8).map { LabelledClip(row: $0, label: $0 % 2) }

  @Test func tunedWeightsComeBack() throws {
    let folder = try ScratchFolder()
    let store = ParameterStore()
    let configuration = EncoderConfiguration(width: 16, audioWidth: 16)
    let encoders = Encoders(configuration: configuration, store: store, seed: 7)
    // The heads that were tuned with the encoder are no part of it.
    _ = store.make("heads.video.bias", Tensor.zeros([2]), role: .bias)
    let views = Self.views(encoders.visual.channels)
    let trained = try #require(
      SelfTraining().run(views, labels: Self.labels, classes: Self.classes))
    var settings = EmbeddingSettings()
    settings.modality = .video
    let description = EmbeddingDescription(
      videoDimensions: encoders.visual.channels, audioDimensions: 0, folder: "/somewhere",
      model: "random", modelHash: "", seed: 3, preset: "tiny", settings: settings)
    let path = folder.path("cls")
    try Folder.create(path)
    try ClassifierFolder.write(
      trained.classifier, description, tuned: TunedEncoder(encoders), to: path)
    let made = try ClassifierFolder(path)
    #expect(made.classifier == trained.classifier)
    #expect(made.description.model == path + "/encoder" && made.description.modelHash.count == 64)
    let encoder = try ModelSource(made.description.model).clipEncoder(
      random: configuration, seed: 0)
    try made.check(encoder)
    let read = try #require(encoder.encoders).store
    #expect(!read.all.isEmpty && encoder.hearsSound && encoder.seesPictures)
    for parameter in read.all {
      #expect(parameter.value.array == store[parameter.name]?.value.array, "\(parameter.name)")
    }
    // Another encoder is refused.
    let other = try ModelSource("random").clipEncoder(random: configuration, seed: 0)
    #expect(throws: EvaluationError.self) { try made.check(other) }
  }

  /// The scale of tuned heads is a factor for each feature, and comes back as that.
  @Test func tunedHeadsComeBack() throws {
    let folder = try ScratchFolder()
    let scale = Projection(mean: [1, 2, 3], factors: [1, 0.5, 2])
    #expect(scale(Tensor([2, 4, 4, 1, 2, 3], [2, 3])).array == [1, 1, 2, 0, 0, 0])
    let classifier = TrainedClassifier(
      classes: Self.classes, space: FeatureSpace(video: scale, audio: nil),
      ensemble: Ensemble(
        classes: 2,
        members: [
          Member(
            part: .video, head: .linear(LinearHead(weights: [1, 2, 3, 4, 5, 6], bias: [0, 1])),
            temperature: 1)
        ], temperature: 1),
      strangeness: Strangeness(
        video: Strangeness.Reference(
          rows: Tensor([1, 0, 0], [1, 3]),
          scale: Standardisation(mean: [0, 0, 0], deviation: [1, 1, 1])), audio: nil, known: [0.1],
        limit: 1))
    try classifier.write(to: folder.path)
    #expect(try TrainedClassifier(from: folder.path) == classifier)
    let file = try SafetensorsFile(folder.path(TrainedClassifier.tensorsName))
    #expect(try file.tensor("video.axes").shape == [3])
  }

  /// Where tuning cannot be brought to its end the frozen classifier stays, whatever the hidden clips say.
  @Test func whatStoodInTheWayIsSaid() {
    var record = record(kept: true)
    record.trainings = [FineTuner.Outcome(steps: 5), FineTuner.Outcome()]
    record.trainings[0].firstLoss = 2
    #expect(record.trainingLoss?.first == 2 && record.verdict.contains("Fine-tuning is kept"))
    (record.isKept, record.obstacle) = (false, "a.mp4 gives no vector any more (it is gone)")
    #expect(
      record.verdict.hasPrefix(
        "Fine-tuning is not kept: a.mp4 gives no vector any more (it is gone); it has"))
    #expect(record.json["obstacle"]?.string?.isEmpty == false)
  }

  /// The record of a comparison by clips that were all told wrong before, and after tuning are all right or as wrong.
  private func record(kept: Bool) -> FineTuningRecord {
    func said(_ share: Double) -> [[Double]] {
      Self.labels.map { $0.label == 0 ? [share, 1 - share] : [1 - share, share] }
    }
    let comparison = HeldOutComparison(
      frozen: said(0.4), tuned: said(kept ? 0.95 : 0.2), clips: Self.labels)
    return FineTuningRecord(comparison, steps: 5, folds: 4)
  }

  @Test(arguments: [true, false]) func onlyABetterOneTakesThePlace(kept: Bool) throws {
    let views = Self.views(16)
    let frozen = try #require(
      SelfTraining().run(views, labels: Self.labels, classes: Self.classes))
    var random = CounterRandom(seed: 2, purpose: .folds)
    let hidden = HiddenClips(
      Self.labels,
      LabelFolds(Self.labels, classes: 2, usual: 4, most: 4, random: &random), classes: 2)
    let head = LinearClassifier(
      .video, mean: [Float](repeating: 0, count: 16), factor: [Float](repeating: 1, count: 16),
      weights: (0..<32).map { $0 == 0 ? -3 : ($0 == 16 ? 3 : 0) }, bias: [1, -1])
    let record = record(kept: kept)
    #expect(record.isKept == kept)
    let test = (8..<12).map { LabelledClip(row: $0, label: $0 % 2) }
    let result = TunedResult(
      frozen: frozen, record: record, hidden: hidden, labels: Self.labels, test: test
    ).result(TunedHeads(heads: [head]), views)
    #expect(result.record.rounds.count == frozen.record.rounds.count + 1)
    #expect(result.record.rounds.last?.name == "fine-tuned")
    #expect(result.record.rounds.last?.test?.count == 4 && result.record.fineTuning == record)
    #expect(result.record.json["finetune"]?["kept"]?.bool == kept)
    #expect(result.record.verdict.contains(kept ? "Fine-tuning is kept" : "is not kept"))
    if kept {
      #expect(result.record.chosen == result.record.rounds.count - 1)
      #expect(result.classifier != frozen.classifier)
      #expect(result.predictions == result.classifier.predict(views))
    } else {
      #expect(result.record.chosen == frozen.record.chosen)
      #expect(result.classifier == frozen.classifier && result.predictions == frozen.predictions)
    }
  }
}
