import Media
import Settings
import Synchronization

/// The options of every command that decodes what a user gives it.
enum DecodingOptions {
  static let isolation = Setting.choice(
    "isolation", ["on", "off"], default: "on",
    "Whether files are decoded in processes of their own, so that one which crashes, hangs or takes too much "
      + "memory costs that file alone. The results are the same.")
  static let timeout = Setting.double(
    "decode-timeout", default: 30, in: 0.5...86_400,
    "Seconds without a decoded picture or sound after which a file is given up.", placeholder: "S")
  static let memory = Setting.double(
    "decode-memory", default: 4, in: 0.125...1024,
    "Gigabytes that the decoder of a file may take, with --isolation on.", placeholder: "GB")

  static let group = OptionGroup(
    "decoding", [isolation.option, timeout.option, memory.option])
}

/// What decodes the files of one command, made when the first one is needed.
final class Decoding: Sendable {
  private let values: OptionValues
  private let pool = Mutex<DecoderPool?>(nil)

  init(_ values: OptionValues) { self.values = values }

  func source() throws -> MediaSource {
    var limits = MediaLimits()
    limits.stallSeconds = values[DecodingOptions.timeout]
    limits.probeSeconds = min(limits.probeSeconds, limits.stallSeconds)
    guard values[DecodingOptions.isolation] == "on" else {
      try values.refuse([DecodingOptions.memory.option], in: "--isolation off")
      return MediaSource(limits: limits)
    }
    return try pool.withLock { pool in
      if let pool { return MediaSource(decoders: pool) }
      var bounds = DecoderLimits()
      bounds.memory = Int(values[DecodingOptions.memory] * 1e9)
      let fresh = try DecoderPool(limits: limits, bounds: bounds)
      pool = fresh
      return MediaSource(decoders: fresh)
    }
  }

  /// Ends the processes.
  func close() { pool.withLock { $0?.close() } }
}
