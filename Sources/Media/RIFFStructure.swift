import Storage

extension Container {
  /// That an AVI file is shorter than it says, in words; nil where that is not so or cannot be told.
  var missingBytes: String? {
    guard formatName == "avi" else { return nil }
    let missing = RIFFStructure.missingBytes(path: path, size: fileSize)
    return missing > 0
      ? "the file is cut short: \(missing) of its \(fileSize + missing) bytes are missing" : nil
  }
}

/// What a RIFF file (AVI) says of its own length, which libavformat does not tell.
enum RIFFStructure {
  /// Bytes by which the file at `path`, of `size` bytes, falls short of its first chunk; 0 where it does not, or where
  /// nothing is stated, as in a recording that was broken off.
  static func missingBytes(path: String, size: Int64) -> Int64 {
    guard size >= 12, let file = try? OpenFile.reading(path),
      let head = try? file.read(0..<12), head.starts(with: Array("RIFF".utf8))
    else { return 0 }
    let stated = (4..<8).reduce(UInt32(0)) { $0 | UInt32(head[$1]) << (8 * UInt32($1 - 4)) }
    guard stated != 0, stated != .max else { return 0 }
    // One byte may be padding.
    let missing = Int64(stated) + 8 - size
    return missing > 1 ? missing : 0
  }
}
