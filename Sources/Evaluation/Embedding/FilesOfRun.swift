import ClipData
import Glibc
import Storage
import Training

/// Videos of a run, such as those that it kept out of training, to be found again below any folder.
package struct FilesOfRun: Sendable {
  private struct Moved: Hashable {
    var name: String
    var identity: FileIdentity
  }
  private let paths: Set<String>
  /// Those that are not where the run found them.
  private let moved: Set<Moved>

  /// A video is known by where it lies, whatever links lead there; one that is there no more by its name, size and
  /// time of change.
  package init(_ videos: [VideoEntry]) {
    paths = Set(videos.compactMap { Self.resolved($0.path) })
    moved = Set(
      videos.filter { Self.resolved($0.path) == nil }.map {
        Moved(name: Folder.lastName(of: $0.path), identity: $0.identity)
      })
  }

  package func contains(_ file: MediaFile) -> Bool {
    if let path = Self.resolved(file.path), paths.contains(path) { return true }
    return moved.contains(Moved(name: Folder.lastName(of: file.path), identity: file.identity))
  }

  /// The absolute path without links; nil where there is nothing.
  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

extension ModelSource {
  /// The videos that the run kept out of training.
  package func heldOutFiles() throws -> FilesOfRun { try files { $0.heldOut } }

  /// Those that it was trained on.
  package func trainedFiles() throws -> FilesOfRun { try files { $0.training } }

  private func files(
    _ part: (_ split: (training: [Int], heldOut: [Int])) -> [Int]
  ) throws -> FilesOfRun {
    guard let run = try trainingConfiguration(), case .file(let weights, _) = kind else {
      throw EvaluationError(
        .usage,
        "\(text): is no run, so nothing was held out; give a run folder, or leave out --held-out")
    }
    let path = Folder.parent(of: weights) + "/index.json"
    guard let index = VideoIndex(contentsOf: path) else {
      throw EvaluationError(
        .noInput, "\(path): no list of the run's videos can be read there; restore the run folder")
    }
    return FilesOfRun(part(index.split(holdout: run.holdout)).map { index.videos[$0] })
  }
}
