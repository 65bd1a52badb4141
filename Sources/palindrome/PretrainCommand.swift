import ClipData
import Media
import NeuralNetworks
import Objectives
import Reporting
import Settings
import Storage
import TensorCore
import Training

/// `palindrome pretrain FOLDER... --out RUN`: learns encoders from unlabelled videos.
enum PretrainCommand: Command {
  static let name = "pretrain"
  static let summary = "train image and audio encoders on folders of videos"

  static let syntax = ArgumentSyntax(
    command: "palindrome pretrain",
    summary: """
      Trains one pair of encoders, for images and for sound, on all the videos below the folders, \
      without labels. The run folder gets the model, checkpoints, metrics and a report; a part of the \
      videos is held out and scored. SIGINT and SIGTERM finish the step, save, and end the run; \
      --resume goes on with it.
      """,
    positional: Positional(
      "FOLDER", count: 1 ... .max, "Folder of videos; searched to the bottom."),
    groups: PretrainOptions.groups,
    examples: [
      "palindrome pretrain clips --out runs/first --preset tiny --minutes 5",
      "palindrome pretrain videos --out runs/walk --objectives walk --walk.temperature 0.07",
      "palindrome pretrain videos --out runs/walk --objectives walk --walk.temperature 0.07 --resume",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let out = values[PretrainOptions.out]
    let resumes = values[PretrainOptions.resume]
    var configuration = try PretrainOptions.configuration(values, seed: invocation.seed)
    // Looked at before the videos are probed, which may take long.
    guard !resumes || Folder.names(in: out).contains("config.json") else {
      throw CommandFailure(
        .noInput,
        "\(out): there is no run here to go on with; check --out, or leave out --resume to begin one"
      )
    }
    if !resumes { try RunFolder.checkIsFree(out) }
    // A run that goes on from a checkpoint has no use for what it began with, which may be gone.
    let goesOn = try resumes && !CheckpointFolder(out + "/checkpoints").steps.isEmpty
    if !configuration.initialWeights.isEmpty, !goesOn {
      // A file that does not fit must not leave a run folder behind.
      let model = PretrainingModel(configuration)
      _ = try ModelFile.load(configuration.initialWeights, into: model.online)
    }
    let source = try invocation.decoding.source()
    let index = try index(
      invocation, source, for: configuration.clips.pictures ? .pictures : .sound,
      known: resumes ? out + "/index.json" : nil)
    configuration = try heard(configuration, index, invocation, resumed: resumes ? out : nil)
    configuration.folders = invocation.positionals
    configuration.videos = index.signature
    let cache = SegmentCache(
      source, directory: values[PretrainOptions.cache] ?? SegmentCache.defaultDirectory(),
      diskLimit: Int(values[PretrainOptions.cacheLimit] * 1e9))
    configuration.sound = try sound(configuration, index, cache, resumed: resumes ? out : nil)

    // Before this there is nothing to save.
    StopRequest.listen()
    let folder: RunFolder
    do {
      folder = try RunFolder(out, configuration, resume: resumes)
    } catch TrainingError.settingChanged(let name, _, _, _) where name != "videos" {
      let was = try JSONValue.parse(try readBytes(out + "/config.json", limit: 1 << 20))
      throw CommandFailure(
        .usage,
        "\(out): this run began with "
          + (PretrainOptions.change(from: was, to: try configuration.json()) ?? "another \(name)")
          + "; resume with the old value, or choose another --out"
          + (name.hasPrefix("length")
            ? "; --init \(out) there begins with what this run has learnt" : ""))
    }
    try index.write(to: folder.indexPath)
    let clips = try ClipSource(
      ClipBuilder(
        index: index, settings: configuration.clips, cache: cache,
        normalisation: configuration.sound, seed: configuration.seed),
      holdout: configuration.holdout, seed: configuration.seed, threads: Threads.count)
    invocation.console.note(
      "\(counted(index.videos.count, "video")): \(clips.training.count) to train on, "
        + "\(clips.heldOut.count) held out")
    HeldOutNotes.lines(configuration, index, clips).forEach(invocation.console.note)
    // Quiet silences warnings too; the report has them all.
    let progress = invocation.console.isQuiet ? nil : ProgressLine.standard(quiet: false)
    let trainer = try Trainer(
      configuration, folder: folder, source: clips,
      progress: progress, logEvery: values[PretrainOptions.logEvery],
      observers: [CacheObserver(cache, progress)])
    let ending = try trainer.run()
    PretrainResult(trainer, folder: out, ending).print(invocation)
    switch ending {
    case .finished: return .done
    case .interrupted(let signal):
      return ExitStatus(rawValue: StopRequest.exitStatus(signal)) ?? .terminated
    }
  }

  private static func index(
    _ invocation: Invocation, _ source: MediaSource, for content: VideoIndex.Content,
    known: String?
  ) throws -> VideoIndex {
    let console = invocation.console
    let index = try VideoIndex.build(
      folders: invocation.positionals, source: source, for: content, cache: known
    ) { done, total in
      console.progress("probing: \(done) of \(counted(total, "file"))")
    }
    console.endProgress()
    let shown = 20
    for entry in index.unusable.prefix(shown) {
      console.note("left out: \(entry.relativePath): \(entry.reasonLeftOut)")
    }
    if index.unusable.count > shown {
      console.note(
        "left out: \(counted(index.unusable.count - shown, "more file")); palindrome scan lists them all"
      )
    }
    guard !index.videos.isEmpty else {
      throw CommandFailure(
        .noInput,
        "\(invocation.positionals.joined(separator: ", ")): no usable \(content == .sound ? "sound" : "video") in it; "
          + "palindrome scan lists the files and the reasons"
          + (content == .pictures && index.unusable.contains(where: \.probe.isUsableSound)
            ? "; --objectives sound learns from sound alone" : ""))
    }
    return index
  }

  /// The configuration without the objectives that hear where no video to train on has sound; an error where they were
  /// asked for. A run that began with them before it was looked at goes on as it is.
  private static func heard(
    _ configuration: TrainingConfiguration, _ index: VideoIndex, _ invocation: Invocation,
    resumed: String?
  ) throws -> TrainingConfiguration {
    func hearing(_ configuration: TrainingConfiguration) -> [any Objective.Type] {
      configuration.objectives.filter {
        PretrainOptions.needs(of: [$0], configuration.options).audio
      }.map(\.type)
    }
    let deaf = hearing(configuration)
    let training = index.split(holdout: configuration.holdout).training
    guard configuration.clips.pictures, !deaf.isEmpty,
      !training.contains(where: { index.videos[$0].probe.isUsableSound })
    else { return configuration }
    if let resumed, try !hearing(Self.configuration(of: resumed + "/config.json")).isEmpty {
      return configuration
    }
    var values = invocation.values
    let names = deaf.map { $0.name }.joined(separator: " and ")
    let which = index.videos.contains(where: \.probe.isUsableSound) ? " that is trained on" : ""
    guard !values.isGiven(ObjectiveRegistry.objectives) else {
      throw CommandFailure(
        .noInput,
        "\(invocation.positionals.joined(separator: ", ")): no video in it\(which) has sound, from which \(names) would learn; "
          + "leave that out of --objectives (\(Walk.name) learns from pictures alone)")
    }
    invocation.console.note(
      "no video\(which) has sound: \(names) is left out, \(Walk.name) learns from pictures alone")
    values[ObjectiveRegistry.objectives.option.name] = .list(
      configuration.objectives.filter { chosen in !deaf.contains { $0 == chosen.type } }.map {
        "\($0.type.name)=\($0.weight)"
      })
    // What was said of their sound has no part in what is left.
    let idle = deaf.flatMap { $0.options } + PretrainOptions.hearing
    for option in idle { values[option.name] = nil }
    return try PretrainOptions.configuration(values, seed: invocation.seed)
  }

  /// The scale of the sound's bands: measured on the training videos, or as the resumed run has it.
  private static func sound(
    _ configuration: TrainingConfiguration, _ index: VideoIndex, _ cache: SegmentCache,
    resumed: String?
  ) throws -> AudioNormalisation {
    if let resumed { return try Self.configuration(of: resumed + "/config.json").sound }
    return try AudioNormalisation.measure(
      index: index, videos: index.split(holdout: configuration.holdout).training,
      settings: configuration.clips, cache: cache, seed: configuration.seed)
  }

  private static func configuration(of path: String) throws -> TrainingConfiguration {
    let bytes = try readBytes(path, limit: 1 << 20)
    do {
      return try TrainingConfiguration(json: try JSONValue.parse(bytes))
    } catch {
      throw CommandFailure(.badData, "\(path): \(error); restore it, or choose another --out")
    }
  }
}
