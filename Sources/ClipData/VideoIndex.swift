/// Why an index could not be made. Each is one line that names the place and the mend.
package enum VideoIndexError: Error, CustomStringConvertible {
  case unreadableFolder(String, String)
  /// Files could not be probed, or the index not be written, through no fault of the files.
  case run(any Error)

  package var description: String {
    switch self {
    case .unreadableFolder(let path, let reason):
      "\(path): \(reason); give a folder of videos that can be read"
    case .run(let error): "\(error)"
    }
  }
}

/// One probed file.
package struct VideoEntry: Sendable, Codable, Hashable {
  /// The path below the indexed folder (below the folder's name where several were given).
  package var relativePath: String
  package var path: String
  package var identity: FileIdentity
  package var probe: VideoProbe

  package init(relativePath: String, path: String, identity: FileIdentity, probe: VideoProbe) {
    self.relativePath = relativePath
    self.path = path
    self.identity = identity
    self.probe = probe
  }

  /// Why it is among the unusable: what its probe says, or that a run on sound alone has no use for it.
  package var reasonLeftOut: String {
    probe.verdict.isUsableVideo ? "has no sound" : probe.reason
  }

  /// A hash of the relative path: the same wherever the folder lies and whatever else is in it.
  package var key: UInt64 { StableHash.of(relativePath) }

  /// The key as random streams take it.
  var stream: Int { Int(bitPattern: UInt(key)) }
}

/// Every file below some folders: the videos that can be trained on, those that cannot and why, and
/// what is not media at all.
package struct VideoIndex: Sendable, Equatable {
  /// What is to be learned from.
  package enum Content: Sendable {
    case pictures, sound

    func isIn(_ probe: VideoProbe) -> Bool {
      self == .pictures ? probe.verdict.isUsableVideo : probe.isUsableSound
    }
  }

  /// Files with usable frames (or sound, where that alone is wanted), sorted by the bytes of their relative paths within each folder.
  /// `ClipBatch.videos` counts in this list.
  package var videos: [VideoEntry]
  /// Media files that give none, with the verdict and the reason in their probe.
  package var unusable: [VideoEntry]
  /// Relative paths of files whose names say that they are not media (texts, tables, still pictures).
  package var others: [String]

  package init(videos: [VideoEntry], unusable: [VideoEntry] = [], others: [String] = []) {
    self.videos = videos
    self.unusable = unusable
    self.others = others
  }

  /// What tells these usable videos from others, wherever they lie: their names, sizes and what their probes say. Files put
  /// back from a copy are the same ones, whatever the times of their last changes.
  package var signature: UInt64 {
    var hash = StableHash()
    for video in videos {
      hash.combine(video.relativePath)
      hash.combine(UInt64(bitPattern: video.identity.size))
      hash.combine(video.probe)
    }
    return hash.value
  }
}

extension StableHash {
  /// What is in a file, as its probe knows it.
  fileprivate mutating func combine(_ probe: VideoProbe) {
    for text in [probe.verdict.rawValue, probe.videoCodec, probe.audioCodec] { combine(text) }
    for number in [probe.duration, probe.frameRate] { combine(number) }
    for side in [probe.width, probe.height] { combine(UInt64(bitPattern: Int64(side))) }
  }
}
