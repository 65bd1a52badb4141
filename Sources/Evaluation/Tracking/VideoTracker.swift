import Settings

/// Tracks marks through a whole video: forward from the first marked frame to the end, and backward from it to
/// the beginning.
package struct VideoTracker {
  package let input: FrameInput
  let model: FeatureModel
  let settings: TrackingSettings
  /// What is marked, by the number of the frame.
  let marks: [Int: Marks]
  let goesBackward: Bool

  /// One frame on its way out.
  package struct Step {
    package let index: Int
    package let time: Double
    package let found: TrackedFrame
    /// The frame as the model saw it.
    package let pixels: [UInt8]
    package let grid: GridGeometry
    /// Where the labels came from, when it was asked for; nil at the first marked frame.
    package let sources: (neighbours: Neighbours, frames: [Int])?
  }

  /// What a run has found of the video as a whole.
  package struct Outcome: Sendable, Equatable {
    /// Frames that the video has, without the damaged ones.
    package let frames: Int
    /// Damaged frames, which were left out.
    package let damaged: Int
  }

  /// Throws where the frames are too small for the model, and where a marked frame lies clearly beyond the end.
  package init(
    input: FrameInput, model: FeatureModel, settings: TrackingSettings, marks: [Int: Marks],
    backward: Bool
  ) throws(EvaluationError) {
    precondition(!marks.isEmpty, "tracking without marks")
    try model.check(
      GridGeometry(width: input.width, height: input.height, lines: settings.lines), of: input.path)
    self.input = input
    self.model = model
    self.settings = settings
    self.marks = marks
    goesBackward = backward
    if let told = input.told, lastMarked >= told.most {
      throw beyond(
        "the \(input.isFile ? "file tells of" : "video has") \(counted(told.count, "frame"))")
    }
  }

  /// The first marked frame.
  private var start: Int { marks.keys.min() ?? 0 }
  private var lastMarked: Int { marks.keys.max() ?? 0 }

  /// Tracks and hands out every frame as it is found.
  package func run(explaining: Bool = false, _ take: (Step) throws -> Void) throws -> Outcome {
    var times: [Double] = []
    let stream = try input.forward()
    defer { stream.close() }
    while times.count < start {
      guard let time = try stream.skip() else { throw beyond(count: times.count) }
      times.append(time)
    }
    let tracker = Tracker(
      model: model, settings: settings, width: input.width, height: input.height)
    let grid = tracker.grid
    var index = start
    while let frame = try stream.next(width: grid.modelWidth, height: grid.modelHeight) {
      try take(
        step(tracker, index, frame, marks[index], numbering: { start + $0 }, explaining))
      index += 1
    }
    if lastMarked >= index { throw beyond(count: index) }
    if goesBackward, start > 0 { try runBackward(times, explaining, take) }
    return Outcome(frames: index, damaged: stream.damaged)
  }

  private func runBackward(
    _ times: [Double], _ explaining: Bool, _ take: (Step) throws -> Void
  ) throws {
    let tracker = Tracker(
      model: model, settings: settings, width: input.width, height: input.height)
    let (width, height) = (tracker.grid.modelWidth, tracker.grid.modelHeight)
    let again = try input.forward()
    defer { again.close() }
    for _ in 0..<start { _ = try again.skip() }
    guard let marked = try again.next(width: width, height: height) else {
      throw beyond(count: start)
    }
    again.close()
    _ = tracker.next(marked.pixels, marks: marks[start])
    let stream = input.backward(count: start, times: times)
    defer { stream.close() }
    var index = start - 1
    while let frame = try stream.next(width: width, height: height) {
      try take(step(tracker, index, frame, nil, numbering: { start - $0 }, explaining))
      index -= 1
    }
  }

  private func step(
    _ tracker: Tracker, _ index: Int, _ frame: StreamedFrame, _ marks: Marks?,
    numbering: (Int) -> Int, _ explaining: Bool
  ) -> Step {
    let sources = explaining ? tracker.explain(frame.pixels) : nil
    return Step(
      index: index, time: frame.time, found: tracker.next(frame.pixels, marks: marks),
      pixels: frame.pixels, grid: tracker.grid,
      sources: sources.map { ($0.neighbours, $0.frames.map(numbering)) })
  }

  private func beyond(count: Int) -> EvaluationError {
    beyond("the video has \(counted(count, "frame"))")
  }

  /// - Parameter known: how many frames there are, in words.
  private func beyond(_ known: String) -> EvaluationError {
    EvaluationError(
      .usage,
      "\(input.path): frame \(lastMarked) is marked, but \(known); they are numbered from 0")
  }
}
