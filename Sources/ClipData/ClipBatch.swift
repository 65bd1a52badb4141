import TensorCore

/// How the pictures of a batch are cut.
package enum NodeLayout: Sendable, Hashable, Codable {
  /// A grid of `side` × `side` overlapping patches of `patch` pixels cut from every frame; the encoder
  /// sees the patches, a node of the walk is one patch.
  case patches(side: Int, patch: Int)
  /// Whole frames of `size` pixels; the nodes of the walk are the cells of the feature map.
  case dense(size: Int)
}

/// What one training step eats: C clips of T frames, the frames cut as `layout` says, and their sound.
///
/// The clips of one video are its views: clip `c` is view `c % views` of the `c / views`-th video of the
/// batch. The views are temporal positives of each other; every clip is a walk of its own.
package struct ClipBatch: Sendable {
  /// The number of the step that this batch belongs to, from 0.
  package var step: Int
  package var views: Int
  /// Frames in time of a clip, T.
  package var frames: Int
  package var layout: NodeLayout
  /// Normalised RGB, NHWC. Dense: [C·L, size, size, 3]. Patches: [C·L·side², patch, patch, 3], row-major
  /// over the grid within a frame. A clip has L looks: its T frames, then its return view if it has one.
  package var images: Tensor
  /// The index in the `VideoIndex` of each clip's video, [C].
  package var videos: [Int]
  /// Seconds from the beginning of the video to each clip's first frame, [C].
  package var times: [Double]
  /// From each clip's first frame to its return view, another view of that frame which is the clip's last
  /// image, [C]; nil where clips have none.
  package var homecomings: [ViewMap]?
  /// Log-mel of the sound around each clip, [C, windows, 64, 1] (NHWC with time as height and the mel band
  /// as width); nil when no objective needs it. Rows without sound hold zeros.
  package var audio: Tensor?
  /// Whether clip c has sound that is present and not silent, [C].
  package var hasAudio: [Bool]
  /// Clips that could not be used and were replaced, with the reason: counted and named by the trainer.
  package var skipped: [String]

  package var clips: Int { videos.count }
  /// Whether the clips have pictures; otherwise they are sound alone and `images` has no rows.
  package var hasPictures: Bool { images.shape[0] > 0 }
  /// Images, or grids of patches, a clip.
  package var looks: Int { frames + (homecomings == nil ? 0 : 1) }

  package init(
    step: Int, views: Int, frames: Int, layout: NodeLayout, images: Tensor, videos: [Int],
    times: [Double], homecomings: [ViewMap]? = nil, audio: Tensor?, hasAudio: [Bool],
    skipped: [String] = []
  ) {
    self.step = step
    self.views = views
    self.frames = frames
    self.layout = layout
    self.images = images
    self.videos = videos
    self.times = times
    self.homecomings = homecomings
    self.audio = audio
    self.hasAudio = hasAudio
    self.skipped = skipped
  }
}
