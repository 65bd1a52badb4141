import CFFmpeg

/// The codecs that a user's file may have: those that cameras, editors, phones, telephones and the web have written.
/// Decoders of games, of text, of vector graphics and of devices are never opened, nor is anything for subtitles or
/// attachments.
enum AllowedCodecs {
  private static let names: Set<String> = [
    // Of today.
    "h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg1video", "mpeg2video", "theora", "vc1",
    // Of cameras and editors.
    "mjpeg", "mjpegb", "jpeg2000", "jpegls", "prores", "dnxhd", "dvvideo", "cfhd", "hap", "speedhq",
    "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "lagarith", "dirac", "snow", "hq_hqa",
    "hqx", "rawvideo", "v210", "v210x", "v308", "v408", "v410", "r10k", "r210", "y41p", "yuv4",
    "ayuv", "cllc", "dxtory", "fraps", "notchlc", "pixlet", "sheervideo", "aic", "amv", "sp5x",
    "vble", "asv1", "asv2", "cljr", "zlib", "mszh", "loco", "wnv1", "mimic", "mxpeg",
    // Of the past.
    "h261", "h263", "h263i", "h263p", "flv1", "vp3", "vp4", "vp5", "vp6", "vp6a", "vp6f", "vp7",
    "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2", "wmv3", "msvideo1", "msrle", "mss1",
    "mss2", "mts2", "rv10", "rv20", "rv30", "rv40", "svq1", "svq3", "cinepak", "indeo2", "indeo3",
    "indeo4", "indeo5", "qtrle", "rpza", "smc", "8bps", "cavs", "truemotion1", "truemotion2",
    "cyuv", "dxv", "vcr1", "vixl",
    // Of screens.
    "zmbv", "tscc", "tscc2", "cscd", "g2m", "flashsv", "flashsv2", "screenpresso", "rasc", "scpr",
    // Pictures that move.
    "gif", "apng", "png", "bmp", "targa",
    // Sound.
    "aac", "aac_latm", "mp1", "mp2", "mp3", "mp3adu", "mp3on4", "mp4als", "ac3", "eac3", "dts",
    "truehd", "mlp", "opus", "vorbis", "flac", "alac", "ape", "wavpack", "tta", "tak", "shorten",
    "wmav1", "wmav2", "wmapro", "wmavoice", "wmalossless", "xma1", "xma2", "amr_nb", "amr_wb",
    "cook", "ra_144", "ra_288", "sipr", "ralf", "atrac1", "atrac3", "atrac3al", "atrac3p",
    "atrac3pal", "atrac9", "nellymoser", "speex", "gsm", "gsm_ms", "g723_1", "g729", "ilbc",
    "qcelp", "evrc", "qdm2", "qdmc", "mace3", "mace6", "dvaudio", "s302m", "dsd_lsbf", "dsd_msbf",
    "dsd_lsbf_planar", "dsd_msbf_planar", "musepack7", "musepack8", "imc", "iac", "truespeech",
    "twinvq", "sbc", "aptx", "aptx_hd", "dolby_e",
  ]

  /// Whether tracks of codec `id` are decoded.
  static func contains(_ id: AVCodecID) -> Bool {
    let name = String(cString: avcodec_get_name(id))
    return names.contains(name) || name.hasPrefix("pcm_") || name.hasPrefix("adpcm_")
  }

  /// The decoders for them, for libavformat's and libavcodec's `codec_whitelist`.
  static let list: String = {
    var decoders: [String] = []
    var state: UnsafeMutableRawPointer?
    while let codec = av_codec_iterate(&state) {
      if av_codec_is_decoder(codec) != 0, contains(codec.pointee.id) {
        decoders.append(String(cString: codec.pointee.name))
      }
    }
    return decoders.joined(separator: ",")
  }()
}
