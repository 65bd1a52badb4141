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
  private var context: OpaquePointer?
  private var form: Form?

  init(rate: Int) { self.rate = rate }

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

  /// Forgets the sound before and takes on the form of `frame`; false when it cannot be mixed.
  func start(with frame: UnsafeMutablePointer<AVFrame>) -> Bool {
    close()
    let wanted = Self.form(of: frame)
    guard wanted.rate > 0, (1...256).contains(wanted.channels) else { return false }
    if open(frame, equalMix: false) || open(frame, equalMix: true) {
      form = wanted
      return true
    }
    close()
    return false
  }

  /// - Parameter equalMix: the mean of all channels, for layouts that swresample cannot mix down.
  private func open(_ frame: UnsafeMutablePointer<AVFrame>, equalMix: Bool) -> Bool {
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
    } else if av_channel_layout_copy(&source, &frame.pointee.ch_layout) < 0 {
      return false
    }
    let code = swr_alloc_set_opts2(
      &context, &mono, AV_SAMPLE_FMT_FLT, Int32(rate), &source,
      AVSampleFormat(frame.pointee.format), frame.pointee.sample_rate, 0, nil)
    guard code >= 0, let context else { return false }
    av_opt_set_double(UnsafeMutableRawPointer(context), "rematrix_maxval", 1, 0)
    if equalMix {
      let gains = [Double](repeating: 1 / Double(channels), count: Int(channels))
      guard swr_set_matrix(context, gains, channels) >= 0 else { return false }
    }
    return swr_init(context) >= 0
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
  func convert(_ frame: UnsafeMutablePointer<AVFrame>, skip: Int = 0) -> [Float] {
    let count = Int(frame.pointee.nb_samples) - skip
    guard count > 0, skip >= 0, let data = frame.pointee.extended_data else { return [] }
    let format = AVSampleFormat(frame.pointee.format)
    let channels = Int(frame.pointee.ch_layout.nb_channels)
    let isPlanar = av_sample_fmt_is_planar(format) != 0
    let offset = skip * Int(av_get_bytes_per_sample(format)) * (isPlanar ? 1 : channels)
    let planes = (0..<(isPlanar ? channels : 1)).map { index in
      data[index].map { UnsafePointer($0 + offset) }
    }
    return resample(planes, count: count)
  }

  /// What the filter still holds.
  func drain() -> [Float] { resample(nil, count: 0) }

  private func resample(_ planes: [UnsafePointer<UInt8>?]?, count: Int) -> [Float] {
    guard let context else { return [] }
    let room = Int(swr_get_out_samples(context, Int32(count)))
    guard room > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: room + 16) { buffer, written in
      var target: UnsafeMutablePointer<UInt8>? = UnsafeMutableRawPointer(buffer.baseAddress)?
        .assumingMemoryBound(to: UInt8.self)
      var done: Int32 = 0
      if var planes {
        done = swr_convert(context, &target, Int32(room), &planes, Int32(count))
      } else {
        done = swr_convert(context, &target, Int32(room), nil, 0)
      }
      written = Int(max(0, done))
    }
  }
}
