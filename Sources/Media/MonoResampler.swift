import CFFmpeg

/// Mixes blocks of sound of any format to mono float at a wanted rate.
///
/// The mix is normalised (its gains add up to one at most), as ffmpeg's is when it writes 16-bit mono,
/// so that full-scale sound stays within -1...1.
final class MonoResampler {
  private struct Form: Hashable {
    var rate, format, channels: Int32
    var order: UInt32
    var mask: UInt64
  }

  let rate: Int
  private let path: String
  private var context: OpaquePointer?
  private var form: Form?

  /// `path` is the file whose sound it is, for errors.
  init(rate: Int, path: String) { (self.rate, self.path) = (rate, path) }

  deinit { close() }

  func close() {
    if context != nil { swr_free(&context) }
    form = nil
  }

  /// Whether `frame` can follow the sound before it without starting anew.
  func accepts(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
    context != nil && form == Self.form(of: frame)
  }

  private static func form(of frame: UnsafeMutablePointer<AVFrame>) -> Form {
    let layout = frame.pointee.ch_layout
    return Form(
      rate: frame.pointee.sample_rate, format: frame.pointee.format, channels: layout.nb_channels,
      order: layout.order.rawValue, mask: layout.u.mask)
  }

  /// Forgets the sound before and takes on the form of `frame`; throws when it cannot be mixed.
  func start(with frame: UnsafeMutablePointer<AVFrame>) throws(MediaError) {
    close()
    let wanted = Self.form(of: frame)
    if wanted.rate > 0, (1...256).contains(wanted.channels) {
      for equalMix in [false, true] {
        let code = open(frame, equalMix: equalMix)
        if code == cff_error_no_memory() { throw MediaError(outOfMemory: path) }
        guard code < 0 else {
          form = wanted
          return
        }
      }
    }
    close()
    throw MediaError(
      .unreadable, path: path, reason: "its sound cannot be mixed to mono; re-encode it")
  }

  /// FFmpeg's error code where it is below 0.
  ///
  /// - Parameter equalMix: the mean of all channels, for layouts that swresample cannot mix down.
  private func open(_ frame: UnsafeMutablePointer<AVFrame>, equalMix: Bool) -> Int32 {
    if context != nil { swr_free(&context) }
    var mono = AVChannelLayout()
    av_channel_layout_default(&mono, 1)
    var source = AVChannelLayout()
    defer { av_channel_layout_uninit(&source) }
    let channels = frame.pointee.ch_layout.nb_channels
    if equalMix {
      source.order = AV_CHANNEL_ORDER_UNSPEC
      source.nb_channels = channels
    } else if frame.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
      av_channel_layout_default(&source, channels)
    } else {
      let code = av_channel_layout_copy(&source, &frame.pointee.ch_layout)
      guard code >= 0 else { return code }
    }
    var code = swr_alloc_set_opts2(
      &context, &mono, AV_SAMPLE_FMT_FLT, Int32(rate), &source,
      AVSampleFormat(frame.pointee.format), frame.pointee.sample_rate, 0, nil)
    guard code >= 0, let context else { return code }
    av_opt_set_double(UnsafeMutableRawPointer(context), "rematrix_maxval", 1, 0)
    if equalMix {
      let gains = [Double](repeating: 1 / Double(channels), count: Int(channels))
      code = swr_set_matrix(context, gains, channels)
      guard code >= 0 else { return code }
    }
    return swr_init(context)
  }

  /// After how many samples of `inputRate` a sample falls on one of the output again, and how many
  /// of the output that is; nil where that is so long that aligning is not worth it.
  func period(inputRate: Int) -> (input: Int, output: Int)? {
    var (a, b) = (inputRate, rate)
    while b != 0 { (a, b) = (b, a % b) }
    let input = inputRate / max(1, a)
    return input * 10 <= inputRate ? (input, rate / max(1, a)) : nil
  }

  /// The mono samples that `frame` gives without its first `skip` samples.
  func convert(
    _ frame: UnsafeMutablePointer<AVFrame>, skip: Int = 0
  ) throws(MediaError) -> [Float] {
    let count = Int(frame.pointee.nb_samples) - skip
    guard count > 0, skip >= 0, let data = frame.pointee.extended_data else { return [] }
    let format = AVSampleFormat(frame.pointee.format)
    let channels = Int(frame.pointee.ch_layout.nb_channels)
    let isPlanar = av_sample_fmt_is_planar(format) != 0
    let offset = skip * Int(av_get_bytes_per_sample(format)) * (isPlanar ? 1 : channels)
    let planes = (0..<(isPlanar ? channels : 1)).map { index in
      data[index].map { UnsafePointer($0 + offset) }
    }
    return try resample(planes, count: count)
  }

  /// What the filter still holds.
  func drain() throws(MediaError) -> [Float] { try resample(nil, count: 0) }

  private func resample(
    _ planes: [UnsafePointer<UInt8>?]?, count: Int
  ) throws(MediaError) -> [Float] {
    guard let context else { return [] }
    let room = Int(swr_get_out_samples(context, Int32(count)))
    guard room > 0 else { return [] }
    var code: Int32 = 0
    let samples = [Float](unsafeUninitializedCapacity: room + 16) { buffer, written in
      var target: UnsafeMutablePointer<UInt8>? = UnsafeMutableRawPointer(buffer.baseAddress)?
        .assumingMemoryBound(to: UInt8.self)
      var done: Int32 = 0
      if var planes {
        done = swr_convert(context, &target, Int32(room), &planes, Int32(count))
      } else {
        done = swr_convert(context, &target, Int32(room), nil, 0)
      }
      code = done
      written = Int(max(0, done))
    }
    guard code >= 0 else { throw MediaError(code, path: path, "its sound cannot be resampled") }
    return samples
  }
}
