import ClipData
import Media
import TensorCore

/// The decoded content of some windows of one file.
struct ClipPart: Sendable {
  let windows: [ClipWindow]
  /// RGB pictures, one after the other; none where the file or the modality has none.
  let pictures: MomentReader.Pictures
  /// For each window its pictures, rising. Windows that overlap share those that they want at the same time; between
  /// them may be others' that they do not.
  let frames: [[Int]]
  /// The second at which each picture was wanted.
  let wanted: [Double]
  /// For each window the sound's log-mel [rows, 64], nil where nothing is heard.
  let spectrograms: [Tensor?]
  /// The sound that the spectrograms are of.
  let sound: [SoundStretch]

  /// Decodes `windows`, which rise.
  init(
    _ windows: [ClipWindow], _ reader: any MomentReading, _ settings: EmbeddingSettings,
    _ logMel: LogMel
  ) throws(MediaError) {
    self.windows = windows
    if settings.modality.hasVideo, reader.hasPictures {
      // Windows that overlap want the same times again, up to rounding.
      let ticks = windows.map { settings.frameTimes($0).map { Int(($0 * 1e6).rounded()) } }
      let times = Set(ticks.joined()).sorted()
      pictures = try reader.pictures(
        at: times.map { Double($0) * 1e-6 }, shortSide: settings.size,
        multiple: settings.sizeMultiple)
      let reached = pictures.times.count
      wanted = times.prefix(reached).map { Double($0) * 1e-6 }
      let places = Dictionary(uniqueKeysWithValues: zip(times.prefix(reached), 0..<reached))
      frames = ticks.map { $0.compactMap { places[$0] } }
    } else {
      pictures = MomentReader.Pictures()
      wanted = []
      frames = windows.map { _ in [] }
    }
    if settings.modality.hasAudio, reader.hasSound {
      let sound = try SoundStretch.read(windows, reader)
      spectrograms = windows.map { window in
        SoundStretch.of(window, sound)?.spectrogram(window, logMel)
      }
      self.sound = sound
    } else {
      spectrograms = windows.map { _ in nil }
      sound = []
    }
  }

  /// The part as `view` shows it, where the windows of the whole file reach over `span`: windows that lie
  /// outside its time are left out, others cut.
  func seen(
    by view: ClipView, span: ClosedRange<Double>, _ settings: EmbeddingSettings, _ logMel: LogMel
  ) -> ClipPart {
    let length = span.upperBound - span.lowerBound
    let from = span.lowerBound + view.time.lowerBound * length
    let to = span.lowerBound + view.time.upperBound * length
    var windows: [ClipWindow] = []
    var places: [[Int]] = []
    var spectrograms: [Tensor?] = []
    for (window, frames) in zip(self.windows, frames) {
      let cut = ClipWindow(start: max(window.start, from), end: min(window.end, to))
      guard cut.end > cut.start else { continue }
      windows.append(cut)
      // A picture stands for the time until the next one.
      places.append(
        frames.filter { wanted[$0] + 1 / settings.rate > from && wanted[$0] < to })
      spectrograms.append(
        SoundStretch.of(window, sound)?
          .spectrogram(cut, logMel, shift: view.shift, gain: view.gain))
    }
    let all = places.joined()
    let kept = (all.min() ?? 0)..<(all.max().map { $0 + 1 } ?? 0)
    return ClipPart(
      windows: windows, pictures: view.pictures(pictures, kept),
      frames: places.map { $0.map { $0 - kept.lowerBound } }, wanted: Array(wanted[kept]),
      spectrograms: spectrograms, sound: [])
  }

  private init(
    windows: [ClipWindow], pictures: MomentReader.Pictures, frames: [[Int]],
    wanted: [Double], spectrograms: [Tensor?], sound: [SoundStretch]
  ) {
    (self.windows, self.pictures, self.frames) = (windows, pictures, frames)
    (self.wanted, self.spectrograms, self.sound) = (wanted, spectrograms, sound)
  }
}
