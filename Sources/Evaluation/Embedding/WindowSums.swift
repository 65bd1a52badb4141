/// Sums of the vectors of one or several windows of a file, from which a row is made.
struct WindowSums: Sendable {
  var start: Double
  var end: Double
  var video: [Double]
  var frames = 0
  var change: [Double]
  var changes = 0
  var audio: [Double]
  var sounds = 0

  init(_ window: ClipWindow, _ encoder: ClipEncoder) {
    (start, end) = (window.start, window.end)
    video = [Double](repeating: 0, count: encoder.videoChannels)
    change = video
    audio = [Double](repeating: 0, count: encoder.audioChannels)
  }

  mutating func add(frame: [Float]) {
    for index in video.indices { video[index] += Double(frame[index]) }
    frames += 1
  }

  mutating func add(change values: [Float]) {
    for index in change.indices { change[index] += Double(values[index]) }
    changes += 1
  }

  mutating func add(sound: [Float]) {
    for index in audio.indices { audio[index] += Double(sound[index]) }
    sounds += 1
  }

  /// Takes in a later window of the same file.
  mutating func add(_ other: WindowSums) {
    end = max(end, other.end)
    for index in video.indices {
      video[index] += other.video[index]
      change[index] += other.change[index]
    }
    for index in audio.indices { audio[index] += other.audio[index] }
    frames += other.frames
    changes += other.changes
    sounds += other.sounds
  }

  /// Whether there is anything to make a row of.
  var isEmpty: Bool { frames == 0 && sounds == 0 }

  var isFinite: Bool {
    [video, change, audio].allSatisfy { $0.reduce(0, +).isFinite }
  }

  /// The row: each part at length 1 or zeros, and then the whole at length 1.
  func vector(_ settings: EmbeddingSettings) -> [Float] {
    var parts: [[Float]] = []
    if settings.modality.hasVideo {
      let mean = unitLength(video)
      parts.append(settings.temporal ? unitLength(mean + unitLength(change)) : mean)
    }
    if settings.modality.hasAudio { parts.append(unitLength(audio)) }
    return parts.count == 1 ? parts[0] : unitLength(parts.flatMap { $0 })
  }
}
