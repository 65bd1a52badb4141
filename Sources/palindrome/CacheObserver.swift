import ClipData
import Reporting
import Training

/// Says what the cache of decoded frames has to say while a run goes on: damaged stretches of videos,
/// and why nothing is kept on disk.
final class CacheObserver: TrainingObserver {
  private let cache: SegmentCache
  private let progress: ProgressLine?
  private var troubleTold = false

  init(_ cache: SegmentCache, _ progress: ProgressLine?) {
    self.cache = cache
    self.progress = progress
  }

  func began(step: Int) { tell() }
  func stepped(_ report: StepReport) { tell() }
  func evaluated(step: Int, _ evaluation: HeldOutEvaluation) { tell() }
  func note(_ line: String) {}

  private func tell() {
    for warning in cache.takeWarnings() { progress?.note("partly damaged: \(warning)") }
    guard !troubleTold, let trouble = cache.trouble else { return }
    troubleTold = true
    progress?.note("decoded frames are kept in memory only: \(trouble)")
  }
}
