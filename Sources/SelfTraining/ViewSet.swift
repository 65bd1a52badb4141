import TensorCore

/// The embeddings of clips in several views each, what self-training works on.
///
/// A view is the clip at another stretch of time and weakly changed (crop, mirror, gain). View 0 is the clip as `embed` sees
/// it. Pictures and sound stand apart, each row at unit length; a clip without one of them has zeros there.
package struct ViewSet: Sendable {
  /// Below the folder, with slashes; in the order of the rows.
  package var paths: [String]
  /// A matrix [clips, video dimensions] a view; no columns where the model has no image encoder.
  package var video: [Tensor]
  /// A matrix [clips, audio dimensions] a view; no columns where sound is not used.
  package var audio: [Tensor]
  /// Whether a clip has pictures, and whether it is heard.
  package var hasVideo: [Bool]
  package var hasAudio: [Bool]

  package init(
    paths: [String], video: [Tensor], audio: [Tensor], hasVideo: [Bool], hasAudio: [Bool]
  ) {
    precondition(
      !video.isEmpty && video.count == audio.count && hasVideo.count == paths.count
        && hasAudio.count == paths.count
        && (video + audio).allSatisfy { $0.shape.rank == 2 && $0.shape[0] == paths.count },
      "views that do not fit together")
    (self.paths, self.video, self.audio) = (paths, video, audio)
    (self.hasVideo, self.hasAudio) = (hasVideo, hasAudio)
  }

  package var clips: Int { paths.count }
  package var views: Int { video.count }
  package var videoDimensions: Int { video[0].shape[1] }
  package var audioDimensions: Int { audio[0].shape[1] }
}
