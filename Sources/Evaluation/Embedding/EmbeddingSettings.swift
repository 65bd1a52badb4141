import Settings

/// Which parts a row has.
package enum EmbeddingModality: String, Sendable, CaseIterable {
  case video, audio, both
  var hasVideo: Bool { self != .audio }
  var hasAudio: Bool { self != .video }
}

/// In which space the parts of a row are.
package enum EmbeddingSpace: String, Sendable, CaseIterable {
  /// The encoders' own: of more use for labels and for like with like.
  case own
  /// That of the audio-visual objective's heads, in which pictures and sounds are compared.
  case av
}

/// How clips are cut out of files and seen by the encoders.
package struct EmbeddingSettings: Sendable, Equatable {
  package var modality = EmbeddingModality.both
  /// Seconds of a window.
  package var clip = 2.0
  /// A row a window, one every `stride` seconds, instead of a row a file.
  package var perWindow = false
  package var stride = 2.0
  /// Windows of a file that its one row is the mean of, at most; they are evenly spaced.
  package var windows = 8
  /// Frames a second within a window.
  package var rate = 4.0
  /// Pixels of the shorter side of the frames that the encoder sees.
  package var size = 128
  /// Whether the video part has, beside the mean over time, the mean change from frame to frame.
  package var temporal = false
  package var space = EmbeddingSpace.own
  /// Whether only those files are taken that the model's run kept out of training.
  package var heldOut = false
  /// Rows of a file: the first is of the whole file as it is, the others of `ClipView`s; 1 with `perWindow`.
  package var views = 1
  /// Whether half of the views are mirrored.
  package var mirror = false

  package init() {}

  package var json: JSONValue {
    [
      "clip": .number(clip), "stride": .number(stride), "per_window": .bool(perWindow),
      "windows": .integer(windows), "rate": .number(rate), "size": .integer(size),
      "temporal": .bool(temporal), "space": .string(space.rawValue),
      "held_out": .bool(heldOut), "views": .integer(views), "mirror": .bool(mirror),
    ]
  }

  /// Reads back `json`; nil when a member is missing or out of range.
  package init?(json: JSONValue, modality: EmbeddingModality) {
    guard let clip = json["clip"]?.double, let stride = json["stride"]?.double,
      let perWindow = json["per_window"]?.bool, let windows = json["windows"]?.int,
      let rate = json["rate"]?.double, let size = json["size"]?.int,
      let temporal = json["temporal"]?.bool, (0.1...600).contains(clip),
      (0.01...3600).contains(stride), (1...100_000).contains(windows), (0.01...240).contains(rate),
      (16...2048).contains(size)
    else { return nil }
    views = json["views"]?.int ?? 1
    mirror = json["mirror"]?.bool ?? false
    guard (1...Self.mostViews).contains(views), !perWindow || views == 1 else { return nil }
    self.modality = modality
    heldOut = json["held_out"]?.bool ?? false
    space = json["space"]?.string.flatMap(EmbeddingSpace.init) ?? .own
    (self.clip, self.stride, self.perWindow) = (clip, stride, perWindow)
    (self.windows, self.rate, self.size, self.temporal) = (windows, rate, size, temporal)
  }
}

/// A stretch of a file, in seconds from its beginning.
package struct ClipWindow: Sendable, Equatable {
  package var start: Double
  package var end: Double
}

extension EmbeddingSettings {
  /// The windows of a file of `duration` seconds.
  ///
  /// With `perWindow` one every `stride` seconds as long as it fits, the first in any case. Else the file from end to
  /// end where `windows` of them suffice, and that many evenly spaced ones where they do not; an end shorter than half
  /// a window belongs to the window before it.
  package func plan(duration: Double) -> [ClipWindow] {
    guard duration > 0 else { return [ClipWindow(start: 0, end: clip)] }
    if perWindow {
      let count = max(1, Int((duration - clip) / stride + 1e-6) + 1)
      return (0..<count).map { index in
        let start = Double(index) * stride
        return ClipWindow(start: start, end: min(start + clip, duration))
      }
    }
    let count = max(1, Int((duration / clip + 0.5 + 1e-6).rounded(.down)))
    if count <= windows {
      return (0..<count).map { index in
        ClipWindow(
          start: Double(index) * clip,
          end: index == count - 1 ? duration : Double(index + 1) * clip)
      }
    }
    return (0..<windows).map { index in
      let middle = (Double(index) + 0.5) * duration / Double(windows)
      return ClipWindow(start: middle - clip / 2, end: middle + clip / 2)
    }
  }

  package static let mostViews = 64

  /// The most windows of a file with `perWindow`; a header can claim any length.
  static let mostWindows = 1_000_000

  func exceedsWindows(duration: Double) -> Bool {
    perWindow && (duration - clip) / stride >= Double(Self.mostWindows)
  }

  /// From the beginning of the first window to the end of the last.
  static func span(_ parts: [[ClipWindow]]) -> ClosedRange<Double> {
    let start = parts.first?.first?.start ?? 0
    return start...max(start, parts.last?.last?.end ?? start)
  }

  /// The seconds at which frames of `window` are wanted.
  func frameTimes(_ window: ClipWindow) -> [Double] {
    let count = max(1, Int(((window.end - window.start) * rate - 1e-6).rounded(.up)))
    return (0..<count).map { window.start + Double($0) / rate }
  }

  /// What the longer side of the frames is rounded to a multiple of: whole cells of the feature map and, where that
  /// changes a frame's shape little, whole tiles of the convolutions.
  var sizeMultiple: Int { size < 128 ? 8 : 32 }

  /// Frames that are decoded before they are encoded, at most about: what bounds the memory of long files.
  var framesOfPart: Int { min(256, max(8, 96_000_000 / (size * size * 6))) }

  /// `windows` in parts of at most `framesOfPart` frames.
  func parts(_ windows: [ClipWindow]) -> [[ClipWindow]] {
    var parts: [[ClipWindow]] = []
    var frames = 0
    for window in windows {
      let count = frameTimes(window).count
      if parts.isEmpty || frames + count > framesOfPart {
        parts.append([])
        frames = 0
      }
      parts[parts.count - 1].append(window)
      frames += count
    }
    return parts
  }
}
