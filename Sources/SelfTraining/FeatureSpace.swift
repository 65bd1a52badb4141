import Evaluation
import TensorCore

/// What of a clip a head sees.
package enum Part: String, Sendable, CaseIterable {
  case video, audio, both
}

/// The features of clips as heads see them.
struct PartFeatures: Sendable {
  /// A matrix [clips, D] a view.
  var views: [Tensor]
  /// Whether the clip has what is seen here; the rows of those that do not are zeros.
  var present: [Bool]
  /// The columns of pictures at the left where pictures and sound stand beside each other, else 0.
  var videoWidth = 0
  /// Whether the clip has both of these; empty where they do not stand beside each other.
  var hasBoth: [Bool] = []

  var dimensions: Int { views[0].shape[1] }
}

/// The directions along which features are looked at. They are measured over all clips, labelled or not: a handful of
/// labelled ones tell little of how features spread.
struct FeatureSpace: Sendable, Equatable {
  /// nil where no clip has that part.
  let video: Projection?
  let audio: Projection?

  init(video: Projection?, audio: Projection?) {
    (self.video, self.audio) = (video, audio)
  }

  init(_ views: ViewSet) {
    func scale(_ features: Tensor, _ has: [Bool]) -> Projection? {
      let rows = has.indices.filter { has[$0] }
      guard !rows.isEmpty, features.shape[1] > 0 else { return nil }
      return Projection(rows.count == has.count ? features : features.rows(rows))
    }
    self.init(
      video: scale(views.video[0], views.hasVideo), audio: scale(views.audio[0], views.hasAudio))
  }

  /// What heads can be fitted to.
  var parts: [Part] {
    switch (video, audio) {
    case (.some, .some): Part.allCases
    case (.some, nil): [.video]
    case (nil, .some): [.audio]
    case (nil, nil): []
    }
  }

  func dimensions(_ part: Part) -> Int {
    let (video, audio) = (video?.outputs ?? 0, audio?.outputs ?? 0)
    return switch part {
    case .video: video
    case .audio: audio
    case .both: video + audio
    }
  }

  /// The features of all clips for each part. Both parts beside each other where a clip may have either; a missing one is
  /// zeros, which is the mean.
  func callAsFunction(_ views: ViewSet) -> [Part: PartFeatures] {
    var result: [Part: PartFeatures] = [:]
    if let video {
      result[.video] = Self.scaled(views.video, video, views.hasVideo)
    }
    if let audio {
      result[.audio] = Self.scaled(views.audio, audio, views.hasAudio)
    }
    if let video = result[.video], let audio = result[.audio] {
      result[.both] = PartFeatures(
        views: zip(video.views, audio.views).map(Self.joined),
        present: zip(video.present, audio.present).map { $0 || $1 },
        videoWidth: video.dimensions,
        hasBoth: zip(video.present, audio.present).map { $0 && $1 })
    }
    return result
  }

  private static func scaled(
    _ views: [Tensor], _ scale: Projection, _ has: [Bool]
  ) -> PartFeatures {
    let width = scale.outputs
    return PartFeatures(
      views: views.map { view in
        // A part that is not there at all has no columns.
        guard view.shape[1] == scale.inputs else { return .zeros([has.count, width]) }
        var scaled = scale(view)
        scaled.withMutableData { data in
          for row in has.indices where !has[row] {
            (data + row * width).update(repeating: 0, count: width)
          }
        }
        return scaled
      }, present: has)
  }

  private static func joined(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (rows, first, second) = (a.shape[0], a.shape[1], b.shape[1])
    return .make([rows, first + second]) { out in
      withData(a, b) { a, b in
        for row in 0..<rows {
          let start = out + row * (first + second)
          start.update(from: a + row * first, count: first)
          (start + first).update(from: b + row * second, count: second)
        }
      }
    }
  }
}
