import Media
import Storage

/// Scores masks that exist already against the truth.
package enum MaskFolders {
  /// The sequences below `truth`: its folders, or "" for the folder itself where the masks lie in it. `results` must
  /// have a folder for each.
  package static func sequences(
    truth: String, results: String, wanted: [String]
  ) throws(EvaluationError) -> [String] {
    guard Folder.exists(truth) else {
      throw EvaluationError(.noInput, "\(truth): no such folder; give the folder of the true masks")
    }
    let folders = Folder.names(in: truth).filter { Folder.exists("\(truth)/\($0)") }
    for name in wanted where !folders.contains(name) {
      throw EvaluationError(.noInput, "\(truth): no sequence \(name) in it; check --sequences")
    }
    guard Folder.exists(results) else {
      throw EvaluationError(
        .noInput, "\(results): no such folder; give the folder of the masks to score")
    }
    let names = wanted.isEmpty ? folders : wanted
    let present = names.filter { Folder.exists("\(results)/\($0)") }
    if let missing = names.first(where: { !present.contains($0) }) {
      throw EvaluationError(
        .noInput,
        "\(results)/\(missing): no such folder; "
          + (present.isEmpty
            ? "give the folder that has the sequences' folders in it"
            : "to score only what is there, \(wanted.isEmpty ? "add" : "give") --sequences "
              + present.joined(separator: ",")))
    }
    return names.isEmpty ? [""] : names
  }

  /// Scores one sequence, `name` empty where the masks lie in the folders themselves.
  ///
  /// The first and the last frame are not judged and may be missing from the results; any other missing frame,
  /// a frame or an object that the truth does not have, or another size is an error. An object that the
  /// results never show scores as empty. `source` decodes the masks.
  package static func score(
    _ name: String, truth: String, results: String, merges: Bool,
    source: MediaSource = MediaSource()
  ) throws -> SequenceScores {
    let truthFiles = try MaskSequence.Files(folder: name.isEmpty ? truth : "\(truth)/\(name)")
    let resultFiles = try MaskSequence.Files(folder: name.isEmpty ? results : "\(results)/\(name)")
    let known = Set(truthFiles.names)
    if let extra = resultFiles.names.first(where: { !known.contains($0) }) {
      throw EvaluationError(
        .badData,
        "\(resultFiles.path(extra)): the truth has no such frame; remove it or check the folders")
    }
    let present = Set(resultFiles.names)
    try MaskSequence.check(frames: truthFiles.names.count, of: truthFiles.folder)
    // One for both, so that a colour is the same object in both.
    let reader = MaskReader(source)
    let convention = MaskConvention(
      first: try reader.read(truthFiles.path(truthFiles.names[0])), merges: merges)
    guard !convention.objects.isEmpty else {
      throw EvaluationError(
        .badData, "\(truthFiles.path(truthFiles.names[0])): the first mask holds no object")
    }
    let scorer = SequenceScorer(objects: convention.objects)
    for frame in truthFiles.names.dropFirst().dropLast() {
      guard present.contains(frame) else {
        throw EvaluationError(
          .badData, "\(resultFiles.path(frame)): missing; every judged frame needs its mask")
      }
      let truth = convention.truth(try reader.read(truthFiles.path(frame)))
      let result = convention.result(try reader.read(resultFiles.path(frame)))
      guard truth.width == result.width, truth.height == result.height else {
        throw EvaluationError(
          .badData,
          "\(resultFiles.path(frame)): \(result.width)x\(result.height), the truth is "
            + "\(truth.width)x\(truth.height); give masks of the truth's size")
      }
      if let extra = result.objects.first(where: { !convention.objects.contains($0) }) {
        throw EvaluationError(
          .badData,
          "\(resultFiles.path(frame)): object \(extra) is not in the first frame's truth; "
            + "number the objects as the truth does, or judge them as one with --year 2016")
      }
      scorer.add(found: result, truth: truth)
    }
    return SequenceScores(
      name: name.isEmpty ? Folder.lastName(of: truth) : name, frames: truthFiles.names.count,
      objects: scorer.scores())
  }
}
