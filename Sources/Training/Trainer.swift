import ClipData
import NeuralNetworks
import Objectives
import Reporting
import Storage
import TensorCore

/// The training loop: batches in, checkpoints, metrics and a model out.
package final class Trainer {
  /// How a run ended.
  package enum Ending: Sendable, Equatable {
    case finished
    /// By a signal, after saving.
    case interrupted(signal: Int32)
  }

  package let configuration: TrainingConfiguration
  package let model: PretrainingModel
  package private(set) var state: RunState
  /// The last evaluation of this session.
  private var latest = HeldOutEvaluation()

  private let folder: RunFolder
  private let source: any BatchSource
  private let observers: [any TrainingObserver]
  private let optimiser: any Optimiser
  private let average: WeightAverage
  private let stop: () -> Int32?
  private let clock = ContinuousClock()
  private var pace = RecentPace()
  private var savedStep = -1
  private var heldOutTroubleTold = false
  /// The reasons for skipped clips that the user was told.
  private var told: Set<String> = []
  private var lastSave: ContinuousClock.Instant
  private var lastMark: ContinuousClock.Instant

  /// Steps in a row that may be skipped before the run is given up.
  package static let patience = 10
  /// How many reasons for skipped clips are kept.
  private static let namedReasons = 200
  /// Seconds after which a checkpoint is due whatever `checkpointEvery` says.
  private static let checkpointSeconds = 120.0

  /// Makes the model and puts it where the run folder's newest checkpoint left it, if there is one.
  ///
  /// What happens is recorded in the run folder, every `logEvery`-th step of it, shown on
  /// `progress`, and told to `observers`. Before each step `stop` is asked for the signal that
  /// wants the run to end.
  package init(
    _ configuration: TrainingConfiguration, folder: RunFolder, source: any BatchSource,
    progress: ProgressLine? = nil, logEvery: Int = 10, observers: [any TrainingObserver] = [],
    stop: @escaping () -> Int32? = { StopRequest.signal }
  ) throws {
    self.stop = stop
    self.configuration = configuration
    self.folder = folder
    self.source = source
    self.observers = [RunRecorder(folder, progress: progress, every: logEvery)] + observers
    model = PretrainingModel(configuration)
    let settings = configuration.optimisation
    optimiser = settings.optimiser.make(weightDecay: settings.weightDecay)
    average = WeightAverage(decay: settings.averageDecay)
    state = RunState(
      plan: StepPlan(configuration.length, stepsPerEpoch: source.stepsPerEpoch))
    lastSave = clock.now
    lastMark = clock.now
    for observer in self.observers { folder.notes.forEach(observer.note) }
    if let step = folder.resumeStep {
      state = try Checkpoint.read(folder.checkpoints.path(step: step), into: model, optimiser)
      savedStep = state.step
      told = Set(state.skippedReasons)
    } else if !configuration.initialWeights.isEmpty {
      let report = try ModelFile.load(configuration.initialWeights, into: model.online)
      model.teacher.copyValues(from: model.online)
      note("\(configuration.initialWeights): \(report.text)")
    }
  }

  /// Trains to the end of the plan, or until a signal asks to stop, and leaves a checkpoint and the
  /// model in the run folder.
  package func run() throws -> Ending {
    for observer in observers { try observer.began(step: state.step) }
    defer { for observer in observers { observer.ended() } }
    if state.step == 0, state.untrained.isEmpty {
      try evaluate(untrained: configuration.initialWeights.isEmpty)
      state.untrained = state.scores
    }
    while !isOver {
      if let signal = stop() {
        try save()
        note("stopped after step \(state.step); the same command with --resume goes on")
        return .interrupted(signal: signal)
      }
      try step()
      if isOver { break }
      if state.step % max(1, configuration.evaluateEvery) == 0 { try evaluate() }
      if checkpointIsDue { try save() }
    }
    // A run that had ended already is not scored, nor logged, a second time.
    if savedStep != state.step || state.scoredStep != state.step { try evaluate() }
    if state.isFinished != true {
      state.isFinished = true
      // Written down even where a checkpoint of this step is there.
      savedStep = -1
    }
    try save()
    return .finished
  }

  private var isOver: Bool {
    state.isFinished == true
      || state.plan.isOver(at: state.step, elapsed: elapsed(), reserve: state.evaluationSeconds)
  }

  private func step() throws {
    guessTotal()
    let number = state.step
    let began = clock.now
    let batch = try source.batch(step: number)
    let waited = seconds(since: began)
    count(batch.skipped)
    let settings = configuration.optimisation
    let rate = state.plan.rate(
      number, peak: settings.learningRate, warmup: settings.warmup, floor: settings.floor)
    let result = model.trainingStep(
      batch, optimiser: optimiser, average: average, learningRate: rate,
      clipNorm: settings.clipNorm)
    state.step += 1
    pace.add(seconds: seconds(since: began), waited: waited, clips: batch.clips)
    try judge(result, batch)
    let report = report(result, number, rate)
    for observer in observers { try observer.stepped(report) }
  }

  /// Counts a skipped step, names its clips, and gives up after too many in a row.
  private func judge(_ result: StepResult, _ batch: ClipBatch) throws {
    guard var reason = result.skipReason else {
      state.skippedInARow = 0
      var watch = state.learning ?? LearningWatch()
      watch.add(loss: result.loss, gradientNorm: result.gradientNorm)
      state.learning = watch
      if watch.hasJustIdled, let warning = watch.warning { note(warning) }
      return
    }
    reason += " (" + OffendingClips(batch, source).text + ")"
    state.skippedSteps += 1
    state.skippedInARow += 1
    note("step \(batch.step) skipped: \(reason)")
    if state.skippedReasons.count < Self.namedReasons {
      state.skippedReasons.append("step \(batch.step): \(reason)")
    }
    if state.skippedInARow >= Self.patience {
      throw TrainingError.diverged(step: batch.step, inARow: state.skippedInARow, reason: reason)
    }
  }

  private func count(_ skipped: [String]) {
    state.skippedClips += skipped.count
    // A file that fails at every visit is named once.
    for reason in skipped where told.insert(reason).inserted {
      note("clip skipped: \(reason)")
      // The list that is saved stays short in a folder of many.
      if state.skippedReasons.count < Self.namedReasons { state.skippedReasons.append(reason) }
    }
  }

  private func report(_ result: StepResult, _ number: Int, _ rate: Double) -> StepReport {
    let now = elapsed()
    let byPlan = state.plan.total.map { Double($0 - state.step) * pace.secondsPerStep }
    let byClock = state.plan.limit.map { max(0, $0 - now) }
    return StepReport(
      step: number, total: state.plan.total, result: result, learningRate: rate,
      clipsPerSecond: pace.clipsPerSecond, waitShare: pace.waitShare,
      skippedSteps: state.skippedSteps, skippedClips: state.skippedClips,
      secondsLeft: byClock ?? byPlan, elapsed: now)
  }

  private func guessTotal() {
    // A resumed run has no measure of its own yet: the time limit holds in any case.
    guard pace.count >= StepPlan.firstGuess / 2 else { return }
    let evaluations = state.evaluationSeconds / Double(max(1, configuration.evaluateEvery))
    state.plan.guess(
      at: state.step, elapsed: elapsed(), secondsPerStep: pace.secondsPerStep + evaluations,
      reserve: state.evaluationSeconds)
  }

  private func evaluate(untrained: Bool = false) throws {
    let began = clock.now
    latest = try untrained ? model.evaluateUntrained(source) : model.evaluate(source)
    state.evaluationSeconds = seconds(since: began)
    state.scores = latest.scores
    state.scoredStep = state.step
    let step = state.step
    if configuration.clips.isGettingHarder(at: step) {
      state.learning?.startOver()
    } else if !untrained, step > 0 {
      state.learning?.look(step: step)
    }
    if let warning = state.learning?.warning { latest.remarks.append(warning) }
    state.warnings = latest.warnings
    for observer in observers { try observer.evaluated(step: state.step, latest) }
    // Random weights are no better than they are.
    if state.step > 0 { latest.warnings.forEach(note) }
    if !heldOutTroubleTold {
      for reason in latest.skipped { note("held-out clip skipped: \(reason)") }
      heldOutTroubleTold = true
    }
  }

  private var checkpointIsDue: Bool {
    state.step - max(0, savedStep) >= configuration.checkpointEvery
      || seconds(since: lastSave) >= Self.checkpointSeconds
  }

  private func save() throws {
    try folder.check()
    if let name = Checkpoint.firstNotFinite(model, optimiser) {
      throw TrainingError.notFinite(name: name, step: state.step, folder: folder.path)
    }
    if savedStep != state.step {
      _ = elapsed()
      for observer in observers { try observer.saving() }
      try Checkpoint.write(state, model, optimiser, to: folder.checkpoints)
      savedStep = state.step
    }
    try Safetensors.write(
      ModelFile.tensors(of: model.teacher),
      metadata: ModelFile.metadata(
        padding: configuration.encoder.padding, pictures: configuration.clips.pictures),
      to: folder.modelPath)
    try AtomicFile.write(
      ModelCard(configuration, state, model.dimensions).text, to: folder.path + "/README.md")
    try RunReport.write(folder.path, state)
    lastSave = clock.now
  }

  private func note(_ line: String) {
    for observer in observers { observer.note(line) }
  }

  /// Seconds that the run has taken over all its sessions, up to now.
  private func elapsed() -> Double {
    state.elapsed += seconds(since: lastMark)
    lastMark = clock.now
    return state.elapsed
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    (clock.now - start) / .seconds(1)
  }
}
