import ClipData

extension DecodeRequest {
  /// Whether `answer` is one to this request: of its kind, and no longer than what was asked for.
  func accepts(_ answer: DecodeAnswer) -> Bool {
    switch (self, answer) {
    case (_, .failure): true
    case (.configure, .done), (.seek, .done), (.close, .done), (.openFrames, .frames),
      (.probe, .probe), (.openMoments, .moments), (.nextFrame, .frame), (.pixels, .pixels):
      true
    case (.picture(_, _, let form), .picture(let picture)): picture.fits(form)
    case (.segment(_, let request), .segment(let segment)):
      segment.times.count <= request.mostFrames
        && [0, request.samples].contains(segment.audio.count)
    case (.sound(_, _, let count, _), .sound(let sound)),
      (.momentSound(_, let count, _), .momentSound(let sound, _)):
      sound.map { $0.count == count } ?? true
    case (.pictures(let times, _, _), .pictures(let pictures, _)):
      pictures.times.count <= times.count
    default: false
    }
  }
}

extension SegmentRequest {
  /// Frames that the stretch may have.
  fileprivate var mostFrames: Int {
    shortSide > 0 ? Int((duration * rate).rounded(.up)) + 1 : 0
  }

  /// Samples of the whole stretch.
  var samples: Int { Int((duration * Double(audioRate)).rounded()) }
}
