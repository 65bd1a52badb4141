import Objectives

/// What is known after a training step.
package struct StepReport {
  /// The step's number, from 0.
  package var step: Int
  /// The number of steps of the run; nil while it is not known.
  package var total: Int?
  package var result: StepResult
  package var learningRate: Double
  /// Clips a second over the recent steps, waiting included.
  package var clipsPerSecond: Double
  /// The share of the recent steps' time that went by waiting for data.
  package var waitShare: Double
  /// Over the whole run.
  package var skippedSteps: Int
  package var skippedClips: Int
  /// Seconds until the last step, as far as can be told.
  package var secondsLeft: Double?
  /// Seconds since the run began, over all its sessions.
  package var elapsed: Double
}

/// Who is told how a run goes: the files of metrics, the progress line, a test.
package protocol TrainingObserver: AnyObject {
  /// The run begins, or goes on, with step `step`: what was recorded of later ones is void.
  func began(step: Int) throws
  func stepped(_ report: StepReport) throws
  /// The averaged weights after `step` steps were scored.
  func evaluated(step: Int, _ evaluation: HeldOutEvaluation) throws
  /// A checkpoint is about to be published: what was recorded up to it must last.
  func saving() throws
  /// The session is over, by whatever cause.
  func ended()
  /// One line that the user should see.
  func note(_ line: String)
}

extension TrainingObserver {
  package func began(step: Int) {}
  package func saving() {}
  package func ended() {}
}
