import Evaluation
import Media
import Reporting

/// Pictures of the clips of a folder, each decoded at its middle.
struct ClipPictures {
  private let training: FolderTraining
  private let console: Console
  private let source: MediaSource

  init(_ training: FolderTraining, _ invocation: Invocation) throws {
    (self.training, console) = (training, invocation.console)
    source = try invocation.decoding.source()
  }

  /// The clips in rows of the views as they stand on a page; `detail` and `score` are said beside each.
  func items(
    _ rows: [Int], detail: (Int) -> String, score: (Int) -> Double?
  ) -> [ClipSheet.Item] {
    let set = training.embedded.set
    let views = set.description.settings.views
    let places = rows.map { row -> (path: String, moment: Double)? in
      let clip = set.rows[row * views]
      return (training.folder + "/" + clip.path, (clip.start + clip.end) / 2)
    }
    let images = Thumbnails.make(places, source) { done in
      console.progress("thumbnails: \(done) of \(rows.count)")
    }
    console.endProgress()
    return zip(rows, images).map { row, image in
      ClipSheet.Item(
        title: training.views.paths[row], detail: detail(row), score: score(row), image: image)
    }
  }
}
