import Reporting
import SelfTraining
import Storage

/// The clips whose labels would help most: a table to fill in, and a page to look at.
struct NextSheet {
  let training: FolderTraining
  let pictures: ClipPictures

  private var classes: [String] { training.lists.classes }

  private func prediction(_ clip: NextClip) -> ClipPrediction {
    training.result.predictions[clip.row]
  }

  /// `path,label`, and `group` where the labels have one, left empty: filled in, its lines can be added to the labels.
  var table: String {
    let empty = training.lists.labels.hasGroups ? ["label", "group"] : ["label"]
    return CSVTable.line(["path"] + empty)
      + training.next.map { clip in
        CSVTable.line([training.views.paths[clip.row]] + empty.map { _ in "" })
      }.joined()
  }

  /// The contact sheet, the most helpful clip first.
  func page(of out: String) -> ClipSheet {
    let byRow = Dictionary(
      training.next.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
    let items = pictures.items(training.next.map(\.row)) { row in
      guard let clip = byRow[row] else { return "" }
      let prediction = prediction(clip)
      return "\(classes[prediction.label]) \(NumberText.percent(prediction.confidence, 0)) or "
        + classes[prediction.runnerUp] + (prediction.isOutOfSet ? "; unlike any class" : "")
    } score: {
      byRow[$0]?.disagreement
    }
    return ClipSheet(
      title: "Clips to label next: \(Folder.lastName(of: out))",
      status:
        "The number is how far the heads disagree (0 to 1). Fill in the labels in next.csv, add its lines to your "
        + "labels, and run selftrain again.",
      sections: [.init("Most helpful first", items)])
  }
}
