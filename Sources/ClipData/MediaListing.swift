/// One file that may hold pictures or sound, not looked into yet.
package struct MediaFile: Sendable, Hashable {
  /// The path below the folder, of which rows and tables speak.
  package var relativePath: String
  package var path: String
  package var identity: FileIdentity
  /// Why it cannot be opened at all; empty for an ordinary file.
  package var trouble: String

  package init(relativePath: String, path: String, identity: FileIdentity, trouble: String = "") {
    self.relativePath = relativePath
    self.path = path
    self.identity = identity
    self.trouble = trouble
  }
}

/// The files below a folder that may be media, by their names alone: nothing is opened.
package struct MediaListing: Sendable {
  /// In the order of the bytes of their relative paths, folder by folder.
  package let files: [MediaFile]
  /// Relative paths of files whose names say that they are not media.
  package let others: [String]

  /// Lists `folder` to its bottom; the path of a file stands for that file.
  package init(_ folder: String) throws(VideoIndexError) {
    var files: [MediaFile] = []
    var others: [String] = []
    for file in try FolderWalk([folder]).files {
      if file.trouble.isEmpty, VideoIndex.isOther(file.path) {
        others.append(file.relativePath)
      } else {
        files.append(
          MediaFile(
            relativePath: file.relativePath, path: file.path, identity: file.identity,
            trouble: file.trouble))
      }
    }
    self.files = files
    self.others = others
  }

  /// Those files alone of which `isTaken` says so.
  package func only(_ isTaken: (MediaFile) -> Bool) -> MediaListing {
    MediaListing(files: files.filter(isTaken), others: others)
  }

  private init(files: [MediaFile], others: [String]) {
    self.files = files
    self.others = others
  }

  /// A hash of the names, sizes and times of change of the files.
  package var signature: UInt64 {
    var hash = StableHash()
    for file in files {
      hash.combine(file.relativePath, file.identity)
    }
    return hash.value
  }
}
