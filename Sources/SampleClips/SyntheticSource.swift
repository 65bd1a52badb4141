import ClipData

/// Sample clips as a source of frames, drawn when asked for: no files, no codec.
package struct SyntheticSource: FrameSource {
  /// What is asked of a path that no clip has.
  package struct UnknownClip: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path): not one of the sample clips" }
  }

  /// Paths of the clips, in the order of the set.
  package let paths: [String]
  private let clips: [String: SampleClip]

  package init(_ set: SampleClipSet) {
    paths = set.clips.map(\.path)
    clips = Dictionary(set.clips.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The clip behind a path, or nil.
  package func clip(path: String) -> SampleClip? { clips[path] }

  package func probe(path: String) -> VideoProbe {
    guard clips[path] != nil else {
      return VideoProbe(verdict: .unreadable, reason: UnknownClip(path: path).description)
    }
    return VideoProbe(
      verdict: .ok, duration: SampleClip.duration, frameRate: 16, width: 160, height: 120,
      videoCodec: "synthetic", audioCodec: "synthetic")
  }

  package func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    guard let clip = clips[path] else { throw UnknownClip(path: path) }
    let height = request.shortSide
    let width = Int((Double(height) * SampleClip.aspect).rounded())
    let end = min(request.start + request.duration, SampleClip.duration)
    var times: [Double] = []
    var pixels: [UInt8] = []
    while case let time = request.start + Double(times.count) / request.rate, time < end - 1e-9 {
      times.append(time)
      pixels += clip.frame(at: time, width: width, height: height)
    }
    return Segment(
      width: width, height: height, times: times, pixels: pixels,
      audio: sound(of: clip, request))
  }

  /// The stretch of the clip's sound, silent outside the clip.
  private func sound(of clip: SampleClip, _ request: SegmentRequest) -> [Float] {
    guard request.audioRate > 0 else { return [] }
    let rate = Double(request.audioRate)
    let whole = clip.sound(rate: request.audioRate)
    let first = Int((request.start * rate).rounded())
    return (0..<Int((request.duration * rate).rounded())).map { index in
      let place = first + index
      return whole.indices.contains(place) ? whole[place] : 0
    }
  }
}
