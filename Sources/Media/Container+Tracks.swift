import CFFmpeg

/// What a container says of its tracks, made safe.
extension Container {
  /// The track of moving pictures that the ffmpeg command line takes: the one with most pixels, a
  /// default one before others, one without packets last. Never a cover picture.
  var videoStream: UnsafeMutablePointer<AVStream>? {
    best(AVMEDIA_TYPE_VIDEO) { Int64($0.width) * Int64($0.height) }
  }

  /// The sound track that the ffmpeg command line takes: the one with most channels, and so on.
  var audioStream: UnsafeMutablePointer<AVStream>? {
    best(AVMEDIA_TYPE_AUDIO) { Int64($0.ch_layout.nb_channels) }
  }

  private func best(
    _ type: AVMediaType, size: (AVCodecParameters) -> Int64
  ) -> UnsafeMutablePointer<AVStream>? {
    let pictures = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS
    var found: (stream: UnsafeMutablePointer<AVStream>, score: Int64)?
    for stream in streams {
      let parameters = stream.pointee.codecpar.pointee
      guard parameters.codec_type == type, stream.pointee.disposition & pictures == 0
      else { continue }
      var score = min(max(0, size(parameters)), 90_000_000)
      if stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0 { score += 5_000_000 }
      if stream.pointee.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS != 0 { score += 100_000_000 }
      if score > found?.score ?? -1 { found = (stream, score) }
    }
    return found?.stream
  }

  /// Seconds a tick of `stream`'s timestamps.
  func tick(of stream: UnsafeMutablePointer<AVStream>) -> Double {
    let base = stream.pointee.time_base
    return base.num > 0 && base.den > 0 ? Double(base.num) / Double(base.den) : 1e-6
  }

  /// Mean frames a second of a video track, 0 when unknown or absurd.
  func frameRate(of stream: UnsafeMutablePointer<AVStream>) -> Double {
    for rate in [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate] {
      guard rate.num > 0, rate.den > 0 else { continue }
      let value = Double(rate.num) / Double(rate.den)
      if value <= 1000 { return value }
    }
    return 0
  }

  /// Seconds of `stream` by its header, or of the whole container; nil when unknown.
  func statedDuration(of stream: UnsafeMutablePointer<AVStream>) -> Double? {
    func checked(_ seconds: Double) -> Double? {
      seconds > 0 && seconds < 1e9 ? seconds : nil
    }
    if stream.pointee.duration != cff_no_pts(),
      let seconds = checked(Double(stream.pointee.duration) * tick(of: stream))
    {
      return seconds
    }
    guard let format, format.duration != cff_no_pts() else { return nil }
    var seconds = Double(format.duration) / Double(AV_TIME_BASE)
    // The container's duration runs from its own start; the track may begin later.
    if format.start_time != cff_no_pts(), stream.pointee.start_time != cff_no_pts() {
      let begin = Double(stream.pointee.start_time) * tick(of: stream)
      let late = begin - Double(format.start_time) / Double(AV_TIME_BASE)
      if late > 0 { seconds -= late }
    }
    return checked(seconds)
  }

  /// Whether the file stores times: a raw stream's are made up by the demuxer while it reads.
  var hasTimestamps: Bool {
    guard let flags = format?.iformat?.pointee.flags else { return false }
    return flags & AVFMT_NOTIMESTAMPS == 0
  }
}
