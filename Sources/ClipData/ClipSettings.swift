import Foundation

/// How clips are drawn from videos and turned into a `ClipBatch`. All of it belongs into `config.json`.
package struct ClipSettings: Sendable, Hashable, Codable {
  /// Videos a batch; a batch has `videos * views` clips.
  package var videos = 8
  /// Clips of each video at different times: 1, or 2 for the temporal objective.
  package var views = 2
  /// Frames a clip (T of the walk).
  package var frames = 2
  /// Whether clips have pictures; without them they are sound alone.
  package var pictures = true
  /// Frames a second within a clip.
  package var rate = 8.0
  package var layout = NodeLayout.patches(side: 7, patch: 32)

  /// Whether a clip ends with another view of its first frame: a crop and colours of its own, for walks that
  /// come home to a picture that is not the one they left.
  package var returnView = false
  /// The least share of the clip's square that the return view shows, in the end.
  package var returnScale = 0.5
  /// Steps in which the least share halves, from a half at the first step on; nil where it is `returnScale`
  /// from the start, as in runs of before.
  package var returnHalving: Int?
  /// How far the return view's own square may stand from the clip's in the end, in sides of it; half of the return
  /// views are then mirrored by themselves. nil: the same square, mirrored as the clip is, as in runs of before.
  package var returnShift: Double?
  /// How far the colours of the return view stray from the clip's, as `colourJitter`.
  package var returnJitter = 0.2

  /// Share of the frame's area that a frame's random crop keeps, and its width over height.
  package var cropScale = 0.8...0.95
  package var cropAspect = 0.7...1.3
  /// The same for each patch of the grid within its cell.
  package var patchScale = 0.7...0.9
  package var patchAspect = 0.7...1.3
  /// Mirror half of the clips; all frames of a clip alike.
  package var flip = true
  /// How far brightness, contrast and saturation of a clip stray from 1; 0 turns the jitter off.
  package var colourJitter = 0.4

  /// Seconds of sound around a clip, about; 0 for none. `LogMel.windows` tells the exact length.
  package var audioSeconds = 1.6
  /// How far the window of sound may stray from the middle of the clip, in seconds, either way.
  package var audioJitter = 0.5
  /// Whether the sound of training clips is changed as `SoundChange` says.
  package var changesSound = false
  /// Root mean square of a window below which it counts as silent (-60 dB of full scale).
  package var silence = 0.001

  /// The longest stretch that is decoded at once, in seconds; see `makeRoomForClips`.
  package var segmentSeconds = 16.0
  /// The longest gap between two views of a video, in seconds (DESIGN: min(shot, 10 s)).
  package var longestGap = 10.0

  package init() {}

  /// Makes stretches twice as long as clips of `frames` at `rate` where they are shorter: of a stretch that is shorter
  /// than a clip the frames would be repeated instead.
  package mutating func makeRoomForClips() {
    segmentSeconds = min(max(segmentSeconds, 2 * Double(frames) / rate), Self.longestSegment)
  }

  /// Seconds.
  private static let longestSegment = 600.0

  /// The least share of the clip's square that return views of a step show.
  package func returnScale(at step: Int) -> Double {
    max(returnScale, Self.firstReturnScale * remaining(at: step))
  }

  /// Of the shift and the mirroring of return views, the share that a step has of what they are in the end.
  package func returnStraying(at step: Int) -> Double {
    1 - remaining(at: step)
  }

  /// How much is left, at a step, of the way to what return views are in the end.
  private func remaining(at step: Int) -> Double {
    returnHalving.map { exp2(-Double(step) / Double($0)) } ?? 0
  }

  /// Whether return views will soon show less than those of `step`, so that a loss that does not fall is no bad sign:
  /// until they have come to their least share and most of the way to where they stray in the end. What is left of that
  /// way then is no excuse.
  package func isGettingHarder(at step: Int) -> Bool {
    guard returnView else { return false }
    return returnScale(at: step) > returnScale
      || (returnShift ?? 0) > 0 && returnStraying(at: step) < 0.7
  }

  /// The least share of the first step's return views, where it changes.
  package static let firstReturnScale = 0.5

  /// Pixels of the square that a frame is cropped to, before the patches are cut.
  package var frameSize: Int {
    switch layout {
    case .patches(let side, let patch): (side + 1) * patch / 2
    case .dense(let size): size
    }
  }

  /// Pixels of the shorter side that frames are decoded to: an eighth above the crop; 0 for no pictures.
  package var shortSide: Int { pictures ? frameSize + frameSize / 8 : 0 }

  /// What is wrong with these settings, one line, or nil when clips can be made with them. A config.json
  /// may come from anybody.
  package var complaint: String? {
    func range(_ name: String, _ value: Double, _ allowed: ClosedRange<Double>) -> String? {
      allowed.contains(value)
        ? nil : "clips: \(name) is \(value), not \(allowed.lowerBound) to \(allowed.upperBound)"
    }
    let cells =
      switch layout {
      case .patches(let side, let patch): [("side", side, 1...64), ("patch", patch, 2...4096)]
      case .dense(let size): [("size", size, 2...4096)]
      }
    let counts =
      cells + [
        ("videos", videos, 1...65_536), ("views", views, 1...16), ("frames", frames, 1...1024),
        ("returnHalving", returnHalving ?? 1, 1...1_000_000_000),
      ]
    for (name, value, allowed) in counts where !allowed.contains(value) {
      return "clips: \(name) is \(value), not \(allowed.lowerBound) to \(allowed.upperBound)"
    }
    if !pictures, audioSeconds <= 0 || returnView {
      return "clips: without pictures there must be sound, and no return view"
    }
    let shares = 0.01...1.0
    let stretch = 0.05...20.0
    let checks = [
      range("rate", rate, 0.01...1000), range("colourJitter", colourJitter, 0...1),
      range("audioSeconds", audioSeconds, 0...60), range("audioJitter", audioJitter, 0...60),
      range("silence", silence, 0...1),
      range("segmentSeconds", segmentSeconds, 1...Self.longestSegment),
      range("longestGap", longestGap, 0...1e6),
      range("returnJitter", returnJitter, 0...1),
      range("returnScale", returnScale, shares), range("returnShift", returnShift ?? 0, 0...1),
      range("cropScale", cropScale.lowerBound, shares),
      range("cropScale", cropScale.upperBound, shares),
      range("cropAspect", cropAspect.lowerBound, stretch),
      range("cropAspect", cropAspect.upperBound, stretch),
      range("patchScale", patchScale.lowerBound, shares),
      range("patchScale", patchScale.upperBound, shares),
      range("patchAspect", patchAspect.lowerBound, stretch),
      range("patchAspect", patchAspect.upperBound, stretch),
    ]
    return checks.compactMap { $0 }.first
  }

  /// Samples a second of the sound.
  package static let audioRate = 16_000

  /// Pictures of a clip: its frames, and the return view.
  var looks: Int { frames + (returnView ? 1 : 0) }

  /// Rows of `ClipBatch.images` that one clip fills.
  var imagesPerClip: Int {
    guard pictures else { return 0 }
    return switch layout {
    case .patches(let side, _): looks * side * side
    case .dense: looks
    }
  }

  /// Pixels of one side of an image of the batch.
  var imageSize: Int {
    switch layout {
    case .patches(_, let patch): patch
    case .dense(let size): size
    }
  }
}
