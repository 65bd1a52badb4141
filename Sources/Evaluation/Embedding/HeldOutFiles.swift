import ClipData
import Storage
import Training

extension ModelSource {
  /// The relative paths of the videos that the run kept out of training.
  package func heldOutPaths() throws -> Set<String> {
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
    return Set(index.split(holdout: run.holdout).heldOut.map { index.videos[$0].relativePath })
  }
}
