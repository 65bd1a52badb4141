import TensorCore

/// Makes the views of one video: segment, frames, images and sound.
package struct ClipBuilder: Sendable {
  package let index: VideoIndex
  package let settings: ClipSettings
  private let cache: SegmentCache
  private let logMel: LogMel
  private let planner: ViewPlanner
  private let seed: UInt64

  /// The views of one video, ready to be joined to a batch.
  struct Views: Sendable {
    var video: Int
    /// [views · images a clip, size, size, 3]
    var images: Tensor
    /// Seconds, one a view.
    var times: [Double]
    /// From each view's first frame to its return view; nil without return views.
    var homecomings: [ViewMap]?
    /// [views, windows, 64, 1], or nil when no sound is wanted.
    var audio: Tensor?
    var hasAudio: [Bool]
  }

  /// Segments of a video that are tried before it is given up.
  private static let segmentTries = 3

  package init(
    index: VideoIndex, settings: ClipSettings, cache: SegmentCache,
    normalisation: AudioNormalisation, seed: UInt64
  ) {
    self.index = index
    self.settings = settings
    self.cache = cache
    self.seed = seed
    logMel = LogMel(normalisation)
    planner = ViewPlanner(settings)
  }

  /// Views for training, drawn at random by (seed, epoch, video, step).
  func training(video: Int, epoch: Int, step: Int) throws(SegmentError) -> Views {
    let entry = index.videos[video]
    let key = ClipKey(seed: seed, epoch: epoch, step: step, video: entry.key, view: 0)
    var places = key.random(.clipTime)
    let count = SegmentPlan.count(duration: entry.probe.duration, settings)
    let first = places.integer(below: count)
    return try eachSegment(of: entry, from: first) { (segment) throws(SegmentError) in
      var times = key.random(.temporalGap)
      guard settings.pictures else {
        let middles = planner.drawSound(views: settings.views, segment.summary, &times)
        return try sounds(video, segment, middles) { view in
          var key = key
          key.view = view
          return (audioShift(key), soundChange(key))
        }
      }
      let plans = try planner.draw(views: settings.views, segment.summary, &times)
      return try build(video, segment, plans) { view, middle in
        var key = key
        key.view = view
        let brightness = segment.summary.brightness(middle)
        return (
          Augmentation(settings, segment.summary, brightness: brightness, key: key),
          audioShift(key), soundChange(key)
        )
      }
    }
  }

  /// Views for evaluation: fixed times, the middle of the frame, no jitter; sound alone is changed, in the same way
  /// every time. The rounds spread over the
  /// segments, and within one they take turns.
  func evaluation(
    video: Int, views: Int, round: (number: Int, count: Int)
  ) throws(SegmentError) -> Views {
    let entry = index.videos[video]
    let count = SegmentPlan.count(duration: entry.probe.duration, settings)
    let segment = (2 * round.number + 1) * count / (2 * round.count)
    return try eachSegment(of: entry, from: segment) { (segment) throws(SegmentError) in
      func ofRound<Plan>(_ all: [Plan]) -> [Plan] {
        (0..<views).map { all[$0 * round.count + round.number] }
      }
      guard settings.pictures else {
        let all = planner.fixedSound(views: views * round.count, segment.summary)
        // Stretches of a short recording are nearly the same; unchanged, to pair them would show nothing.
        return try sounds(video, segment, ofRound(all)) { view in
          let key = ClipKey(
            seed: seed, epoch: round.number, step: 0, video: entry.key, view: view)
          return (0, soundChange(key))
        }
      }
      let plans = ofRound(try planner.fixed(views: views * round.count, segment.summary))
      return try build(video, segment, plans) { _, _ in
        (Augmentation(evaluating: settings, segment.summary), 0, nil)
      }
    }
  }

  /// Tries up to `segmentTries` segments of a video from `first` on, in a circle.
  private func eachSegment(
    of entry: VideoEntry, from first: Int,
    _ body: (StoredSegment) throws(SegmentError) -> Views
  ) throws(SegmentError) -> Views {
    let count = SegmentPlan.count(duration: entry.probe.duration, settings)
    var failure = SegmentError.noFrames
    for attempt in 0..<min(count, Self.segmentTries) {
      let request = SegmentPlan.request(
        (first + attempt) % count, duration: entry.probe.duration, settings)
      do throws(SegmentError) {
        return try cache.withSegment(path: entry.path, entry.identity, request, body)
      } catch {
        if case .run = error { throw error }
        if attempt == 0 { failure = error }
      }
    }
    throw failure
  }

  private func audioShift(_ key: ClipKey) -> Double {
    guard settings.audioJitter > 0 else { return 0 }
    var random = key.random(.audioJitter)
    return random.uniform(-settings.audioJitter...settings.audioJitter)
  }

  private func soundChange(_ key: ClipKey) -> SoundChange? {
    guard settings.changesSound else { return nil }
    var random = key.random(.audioMasking)
    return SoundChange(&random)
  }

  /// Views without pictures; `middles` are the seconds of the middle of each one's sound.
  private func sounds(
    _ video: Int, _ segment: StoredSegment, _ middles: [Double],
    _ choose: (_ view: Int) -> (shift: Double, change: SoundChange?)
  ) throws(SegmentError) -> Views {
    var views = Views(
      video: video, images: .zeros([0, settings.imageSize, settings.imageSize, 3]), times: middles,
      audio: nil, hasAudio: [])
    let choices = middles.indices.map(choose)
    try listen(
      &views, video, segment, zip(middles, choices).map { $0 + $1.shift }, choices.map(\.change))
    // Nothing else is in such a clip: another stretch may have something.
    guard views.hasAudio.contains(true) else { throw .noSound }
    return views
  }

  /// Gives `views` the sound around `middles`.
  private func listen(
    _ views: inout Views, _ video: Int, _ segment: StoredSegment, _ middles: [Double],
    _ changes: [SoundChange?]
  ) throws(SegmentError) {
    let held = usualHold(video)
    let windows = try middles.map { (middle) throws(SegmentError) in
      try AudioWindow(segment, middle: middle, held: held, settings)
    }
    views.audio = AudioWindow.logMel(windows, logMel, settings, changes: changes)
    views.hasAudio = windows.map(\.isHeard)
  }

  /// The seconds for which a picture of a video is shown, by its rate, at most one, or by that of clips. What is
  /// shown for longer is held: a slide, or a still with music.
  private func usualHold(_ video: Int) -> Double {
    let rate = index.videos[video].probe.frameRate
    return max(1 / settings.rate, rate > 0 ? min(1, 1.5 / rate) : 0)
  }

  private func build(
    _ video: Int, _ segment: StoredSegment, _ plans: [[Int]],
    _ choose: (_ view: Int, _ middleFrame: Int) -> (
      Augmentation, audioShift: Double, soundChange: SoundChange?
    )
  ) throws(SegmentError) -> Views {
    let summary = segment.summary
    let size = settings.imageSize
    let perClip = settings.imagesPerClip
    let pixels = try segment.pixels(frames: plans.flatMap { $0 })
    let choices = plans.enumerated().map { choose($0.offset, $0.element[$0.element.count / 2]) }
    let images = Tensor.make([plans.count * perClip, size, size, 3]) { out in
      pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress else { return }
        for view in plans.indices {
          choices[view].0.draw(
            pixels + view * settings.frames * summary.frameBytes, width: summary.width,
            height: summary.height, layout: settings.layout, size: size,
            out + view * perClip * size * size * 3)
        }
      }
    }
    var views = Views(
      video: video, images: images, times: plans.map { summary.times[$0[0]] },
      homecomings: settings.returnView ? choices.compactMap(\.0.homecoming) : nil, audio: nil,
      hasAudio: plans.map { _ in false })
    if settings.audioSeconds > 0 {
      let held = usualHold(video)
      func second(_ frame: Int) -> Double {
        summary.second(ofFrame: frame, rate: settings.rate, held: held)
      }
      let middles = plans.enumerated().map { view, plan in
        (second(plan[0]) + second(plan[plan.count - 1])) / 2 + choices[view].audioShift
      }
      try listen(&views, video, segment, middles, choices.map(\.soundChange))
    }
    return views
  }
}
