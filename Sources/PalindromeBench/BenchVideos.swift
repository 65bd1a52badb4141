import ClipData
import Evaluation
import Media
import Settings

/// The videos that a benchmark reads, and what reads them.
struct BenchVideos {
  let source: MediaSource
  let videos: [VideoEntry]

  /// Those of --folder; nil without one. Throws where none of them is usable.
  init?(_ values: OptionValues) throws {
    guard let folder = values[BenchSettings.folder] else { return nil }
    source =
      values[BenchSettings.isolation] == "on"
      ? MediaSource(decoders: try DecoderPool()) : MediaSource()
    videos = try VideoIndex.build(folders: [folder], source: source).videos
    guard !videos.isEmpty else {
      throw EvaluationError(
        .noInput,
        "\(folder): no usable video in it; palindrome scan lists the files and the reasons")
    }
  }
}
