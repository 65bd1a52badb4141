import Foundation

/// Why no batch could be made.
package enum ClipLoaderError: Error, CustomStringConvertible {
  case noVideos
  case nothingDecodes(String)
  case stopped
  /// Nothing can be decoded any more, through no fault of the videos.
  case run(any Error)

  package var description: String {
    switch self {
    case .noVideos: "no usable video to train on; `palindrome scan` lists the files and the reasons"
    case .nothingDecodes(let last):
      "none of the training videos could be decoded; the last: \(last)"
    case .stopped: "the clip loader was stopped"
    case .run(let error): "\(error)"
    }
  }
}

/// Makes the batches of steps `first`, `first + 1`, ... ahead of training on threads of its own.
///
/// The batch of a step depends on the seed, the settings and the videos only, not on the number of
/// threads, on timing, or on the step that the loader began with. At most `ahead` batches beyond the
/// one asked for are made or under way.
package final class ClipLoader {
  private let work: ClipWork
  private var nextStep: Int

  /// `videos`: the indices into `builder.index.videos` to train on.
  package init(
    _ builder: ClipBuilder, videos: [Int], seed: UInt64, firstStep: Int = 0, threads: Int,
    ahead: Int = 2
  ) throws(ClipLoaderError) {
    guard !videos.isEmpty else { throw .noVideos }
    nextStep = firstStep
    work = ClipWork(
      builder, EpochOrder(videos: videos, seed: seed), firstStep: firstStep, ahead: max(1, ahead))
    for number in 0..<max(1, threads) {
      let thread = Thread { [work] in work.serve() }
      thread.name = "palindrome-clips-\(number)"
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  deinit { work.stop() }

  /// The next step's batch and the seconds that the caller waited for it.
  package func next() throws(ClipLoaderError) -> (batch: ClipBatch, waited: Double) {
    let clock = ContinuousClock()
    let began = clock.now
    let batch = try work.take(nextStep)
    nextStep += 1
    let waited = (clock.now - began).components
    return (batch, Double(waited.seconds) + Double(waited.attoseconds) * 1e-18)
  }

  /// Lets the threads finish what they are doing and end; `next` throws from then on.
  package func stop() { work.stop() }
}

/// The queue that the threads of a loader share: one task is one video of one step.
private final class ClipWork: @unchecked Sendable {
  private struct Task {
    var step: Int
    var slot: Int
  }
  /// One slot's outcome: the views and the places that had to be skipped.
  private typealias Outcome = Result<(ClipBuilder.Views, [String]), ClipLoaderError>

  private let builder: ClipBuilder
  private let order: EpochOrder
  private let ahead: Int
  private var batch: Int { builder.settings.videos }

  // All below are guarded by `condition`.
  private let condition = NSCondition()
  private var issued: Task
  private var taken: Int
  private var slots: [Int: [Int: Outcome]] = [:]
  private var ready: [Int: Result<ClipBatch, ClipLoaderError>] = [:]
  private var isStopped = false

  init(_ builder: ClipBuilder, _ order: EpochOrder, firstStep: Int, ahead: Int) {
    self.builder = builder
    self.order = order
    self.ahead = ahead
    issued = Task(step: firstStep, slot: 0)
    taken = firstStep
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }

  func take(_ step: Int) throws(ClipLoaderError) -> ClipBatch {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if isStopped { throw .stopped }
      if let batch = ready[step] {
        ready[step] = nil
        taken = step + 1
        condition.broadcast()
        return try batch.get()
      }
      condition.wait()
    }
  }

  /// The life of one thread.
  func serve() {
    while let task = nextTask() {
      let outcome = views(task)
      if let outcomes = deliver(task, outcome) {
        let batch = join(task.step, outcomes)
        condition.lock()
        ready[task.step] = batch
        condition.broadcast()
        condition.unlock()
      }
    }
  }

  private func nextTask() -> Task? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, issued.step >= taken + ahead { condition.wait() }
    guard !isStopped else { return nil }
    let task = issued
    issued.slot += 1
    if issued.slot == batch { issued = Task(step: task.step + 1, slot: 0) }
    return task
  }

  /// Returns all outcomes of the step, in slot order, when this was the last one missing.
  private func deliver(_ task: Task, _ outcome: Outcome) -> [Outcome]? {
    condition.lock()
    defer { condition.unlock() }
    slots[task.step, default: [:]][task.slot] = outcome
    guard let all = slots[task.step], all.count == batch else { return nil }
    slots[task.step] = nil
    return (0..<batch).compactMap { all[$0] }
  }

  private func views(_ task: Task) -> Outcome {
    var skipped: [String] = []
    for place in order.places(step: task.step, slot: task.slot, batch: batch) {
      let (epoch, video) = order.video(at: place)
      do throws(SegmentError) {
        return .success(
          (try builder.training(video: video, epoch: epoch, step: task.step), skipped))
      } catch {
        if case .run(let error) = error { return .failure(.run(error)) }
        skipped.append("\(builder.index.videos[video].relativePath): \(error)")
      }
    }
    return .failure(.nothingDecodes(skipped.last ?? ""))
  }

  private func join(_ step: Int, _ outcomes: [Outcome]) -> Result<ClipBatch, ClipLoaderError> {
    do throws(ClipLoaderError) {
      let parts = try outcomes.map { (outcome) throws(ClipLoaderError) in try outcome.get() }
      return .success(
        ClipBatch(
          step: step, settings: builder.settings, views: builder.settings.views,
          parts.map(\.0), skipped: parts.flatMap(\.1)))
    } catch {
      return .failure(error)
    }
  }
}
