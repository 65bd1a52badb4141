import TensorCore

extension ClipBatch {
  /// Joins the views of several videos, in this order.
  init(
    step: Int, settings: ClipSettings, views: Int, _ parts: [ClipBuilder.Views], skipped: [String]
  ) {
    let audio = parts.compactMap(\.audio)
    self.init(
      step: step, views: views, frames: settings.frames, layout: settings.layout,
      images: Self.joined(parts.map(\.images)),
      videos: parts.flatMap { part in part.times.map { _ in part.video } },
      times: parts.flatMap(\.times),
      homecomings: settings.returnView ? parts.flatMap { $0.homecomings ?? [] } : nil,
      audio: audio.isEmpty ? nil : Self.joined(audio), hasAudio: parts.flatMap(\.hasAudio),
      skipped: skipped)
  }

  /// Tensors of one shape, one after the other along the outermost axis.
  private static func joined(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { return .zeros([0]) }
    var shape = first.shape
    shape[0] = first.shape[0] * parts.count
    return .joining(parts, shape)
  }
}
