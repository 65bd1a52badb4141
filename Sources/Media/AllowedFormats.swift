/// The demuxers that may open a user's file: containers and elementary streams that hold their own
/// content. Playlists (hls, concat, dash, imf), captures, still-picture and text readers are not.
enum AllowedFormats {
  private static let names: Set<String> = [
    // Containers of pictures and sound.
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpeg", "mpegts", "flv",
    "live_flv", "ogg", "asf", "mxf", "nut", "rm", "dv", "ivf", "gxf", "wtv", "ivr", "vob", "nsv",
    // Pictures alone.
    "h264", "hevc", "m4v", "mpegvideo", "h263", "h261", "vc1", "obu", "av1", "dirac", "mjpeg",
    "gif", "apng", "yuv4mpegpipe",
    // Sound alone.
    "wav", "w64", "aiff", "au", "caf", "flac", "mp3", "aac", "ac3", "eac3", "dts", "dtshd",
    "truehd", "mlp", "amr", "amrnb", "amrwb", "ape", "wv", "tta", "oma", "tak", "loas", "voc",
  ]

  /// For libavformat's `format_whitelist`.
  static let list = names.sorted().joined(separator: ",")

  /// Whether `name`, libavformat's (several with commas between), is allowed.
  static func contains(_ name: String) -> Bool {
    name.split(separator: ",").contains { names.contains(String($0)) }
  }
}
