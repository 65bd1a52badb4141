import Storage

/// A folder laid out as DAVIS: `JPEGImages/480p/NAME/00000.jpg`, `Annotations/480p/NAME/00000.png`, lists of
/// sequences in `ImageSets`.
package struct DavisTree: Sendable {
  package enum Year: String, Sendable, CaseIterable {
    /// One object a sequence: everything that is not background.
    case y2016 = "2016"
    /// The objects by their numbers.
    case y2017 = "2017"
  }

  package let root: String
  package let year: Year
  /// The folder of the frames' size, `480p` where there is one.
  private let size: String

  /// `year` nil: 2016 where the tree has a list of that year alone.
  package init(_ root: String, year: Year? = nil) throws(EvaluationError) {
    self.root = root
    let sizes = Folder.names(in: root + "/JPEGImages")
    guard let size = sizes.contains("480p") ? "480p" : sizes.first else {
      throw EvaluationError(
        .noInput, "\(root): no folder JPEGImages/480p in it; give the root of a DAVIS tree")
    }
    self.size = size
    let lists = Folder.names(in: root + "/ImageSets")
    self.year = year ?? (lists.contains("2016") && !lists.contains("2017") ? .y2016 : .y2017)
  }

  /// The names of the sequences to evaluate: those of `wanted`, else the year's validation list, else all.
  package func sequences(_ wanted: [String] = []) throws -> [String] {
    let present = Folder.names(in: "\(root)/JPEGImages/\(size)")
    let names = wanted.isEmpty ? (try listed() ?? present) : wanted
    for name in names where !present.contains(name) {
      throw EvaluationError(
        .noInput,
        "\(root)/JPEGImages/\(size): no sequence \(name) in it; there are "
          + present.prefix(8).joined(separator: ", ") + (present.count > 8 ? ", ..." : ""))
    }
    guard !names.isEmpty else {
      throw EvaluationError(
        .noInput, "\(root)/JPEGImages/\(size): no sequences in it; give a DAVIS tree")
    }
    return names
  }

  /// The names in `ImageSets/YEAR/val.txt`, or the sequences of the frames in DAVIS 2016's own
  /// `ImageSets/480p/val.txt`.
  private func listed() throws -> [String]? {
    for folder in [year.rawValue, size] {
      let path = "\(root)/ImageSets/\(folder)/val.txt"
      guard Folder.names(in: "\(root)/ImageSets/\(folder)").contains("val.txt") else { continue }
      let text = String(decoding: try readBytes(path, limit: 16 << 20), as: UTF8.self)
      var names: [String] = []
      for line in text.split(whereSeparator: \.isNewline) {
        guard let first = line.split(separator: " ").first else { continue }
        let parts = first.split(separator: "/")
        let name = String(parts.count > 1 ? parts[parts.count - 2] : first)
        if names.last != name, !names.contains(name) { names.append(name) }
      }
      if !names.isEmpty { return names }
    }
    return nil
  }

  /// One sequence's files.
  package func sequence(_ name: String) throws -> MaskSequence {
    let frames = "\(root)/JPEGImages/\(size)/\(name)"
    let masks = try MaskSequence.Files(folder: "\(root)/Annotations/\(size)/\(name)")
    let names = Folder.names(in: frames).filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
    guard !names.isEmpty else {
      throw EvaluationError(.noInput, "\(frames): no frames in it; give a whole DAVIS tree")
    }
    try MaskSequence.check(frames: names.count, of: frames)
    return MaskSequence(
      name: name, frames: names.map { frames + "/" + $0 }, truth: masks,
      merges: year == .y2016)
  }
}
