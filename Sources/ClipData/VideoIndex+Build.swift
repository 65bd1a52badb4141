import Foundation
import Settings
import Storage
import Synchronization
import TensorCore

extension VideoIndex {
  /// The layout of index.json.
  private struct Stored: Codable {
    static let currentVersion = 1
    var version = Stored.currentVersion
    var videos: [VideoEntry]
    var unusable: [VideoEntry]
    var others: [String]
  }

  /// Extensions of files that are never opened; anything else is probed, so that a video with an odd
  /// name or none is found.
  private static let otherExtensions: Set<String> = [
    "txt", "md", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "cfg", "log",
    "html", "htm", "css", "js", "pdf", "doc", "docx", "xls", "xlsx", "ods", "odt", "py", "swift",
    "c",
    "h", "cpp", "sh", "ipynb", "mat", "npy", "npz", "h5", "hdf5", "pkl", "pt", "pth", "safetensors",
    "zip", "gz", "tgz", "tar", "bz2", "xz", "7z", "rar", "png", "jpg", "jpeg", "bmp", "tif", "tiff",
    "svg", "heic", "ico", "srt", "vtt", "ass", "sub", "lic", "license",
  ]

  /// Walks `folders` and probes what looks like media, several files at once.
  ///
  /// With `cache`, the path of an index.json, a file whose size and time of change are as recorded there
  /// is not probed again; a damaged or foreign cache is ignored. Nothing is written.
  /// `progress` is called with the number of files probed so far and the number to probe. Files are `videos`
  /// where they have pictures, or with `.sound` where they have sound.
  package static func build(
    folders: [String], source: some FrameSource, for content: Content = .pictures,
    cache: String? = nil,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(VideoIndexError) -> VideoIndex {
    let files = try FolderWalk(folders).files
    let known = cache.map(knownEntries) ?? [:]
    var entries = [VideoEntry?](repeating: nil, count: files.count)
    var unknown: [Int] = []
    for (index, file) in files.enumerated() {
      if !file.trouble.isEmpty {
        let probe = VideoProbe(verdict: .unreadable, reason: file.trouble)
        entries[index] = VideoEntry(file, probe)
      } else if isOther(file.path) {
        continue
      } else if let entry = known[file.path], entry.identity == file.identity {
        entries[index] = VideoEntry(file, entry.probe)
      } else {
        unknown.append(index)
      }
    }
    let toProbe = unknown
    let probes = Mutex([Int: VideoProbe]())
    try parallelTry(toProbe.count) { place throws(VideoIndexError) in
      let probe: VideoProbe
      do {
        probe = try source.probe(path: files[toProbe[place]].path).finite
      } catch {
        throw .run(error)
      }
      let done = probes.withLock { probes in
        probes[place] = probe
        return probes.count
      }
      progress?(done, toProbe.count)
    }
    probes.withLock { probes in
      for (place, probe) in probes {
        entries[toProbe[place]] = VideoEntry(files[toProbe[place]], probe)
      }
    }
    let probed = entries.compactMap { $0 }
    return VideoIndex(
      videos: probed.filter { content.isIn($0.probe) },
      unusable: probed.filter { !content.isIn($0.probe) },
      others: zip(files, entries).filter { $0.1 == nil }.map(\.0.relativePath))
  }

  /// Whether the name at the end of `path` says that the file is not media.
  static func isOther(_ path: String) -> Bool {
    otherExtensions.contains((path as NSString).pathExtension.lowercased())
  }

  /// The entries of an index.json by absolute path; none when it is absent, damaged or of another version.
  private static func knownEntries(_ path: String) -> [String: VideoEntry] {
    guard let stored = read(path) else { return [:] }
    return Dictionary(
      (stored.videos + stored.unusable).map { ($0.path, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func read(_ path: String) -> Stored? {
    // Our own parser looks first: it is the stricter one.
    guard let bytes = try? readBytes(path), (try? JSONValue.parse(bytes)) != nil,
      let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)),
      stored.version == Stored.currentVersion,
      (stored.videos + stored.unusable).allSatisfy(\.probe.isPlausible)
    else { return nil }
    return stored
  }

  /// Reads an index.json; nil when it is absent, damaged or of another version.
  package init?(contentsOf path: String) {
    guard let stored = Self.read(path) else { return nil }
    self.init(videos: stored.videos, unusable: stored.unusable, others: stored.others)
  }

  /// Writes an index.json, whole or not at all.
  package func write(to path: String) throws(VideoIndexError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let stored = Stored(videos: videos, unusable: unusable, others: others)
      try AtomicFile.write([UInt8](try encoder.encode(stored)), to: path)
    } catch {
      throw .run(error)
    }
  }
}

extension VideoEntry {
  init(_ file: FolderWalk.File, _ probe: VideoProbe) {
    self.init(
      relativePath: file.relativePath, path: file.path, identity: file.identity, probe: probe)
  }
}

extension VideoProbe {
  /// Whether a probe can have found it; a file can say anything.
  fileprivate var isPlausible: Bool {
    duration.isFinite && duration >= 0 && frameRate.isFinite && frameRate >= 0
      && (0...1 << 20).contains(width) && (0...1 << 20).contains(height)
  }

  /// JSON knows no infinity, and a length that is not a number means that it is unknown.
  fileprivate var finite: VideoProbe {
    var probe = self
    if !duration.isFinite || duration < 0 { probe.duration = 0 }
    if !frameRate.isFinite || frameRate < 0 { probe.frameRate = 0 }
    return probe
  }
}
