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

  /// The contact sheet, the most helpful clip first, and of each why it stands there.
  func page(of out: String) -> ClipSheet {
    let (sure, open) = (
      training.next.filter { training.result.isSure($0.row) },
      training.next.filter { !training.result.isSure($0.row) }
    )
    let limit = NumberText.percent(SelfTrainingResult.sure, 0)
    return ClipSheet(
      title: "Clips to label next: \(Folder.lastName(of: out))",
      status:
        "Clips stand in the order of the bold number, doubt × distance. Doubt is how undecided the heads of all rounds are "
        + "together (0: they are sure of one class, 1: all classes are alike to them). Distance is how unlike the clip is "
        + "to the nearest one that is labelled or stands before it here (1 - cosine; 0: the same, 1: nothing in common, 2: the "
        + "opposite), so that the list does not fill with many of a kind. Fill in the labels in next.csv, add its lines to your labels, and run "
        + "selftrain again.",
      sections: [
        section("In doubt, or unlike anything labelled: the most helpful first", open),
        section(
          "No other clip is in doubt: told with \(limit) or more, the least sure or least alike first",
          sure),
      ].filter { !$0.items.isEmpty })
  }

  private func section(_ heading: String, _ clips: [NextClip]) -> ClipSheet.Section {
    let byRow = Dictionary(clips.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
    let items = pictures.items(clips.map(\.row)) { row in
      byRow[row].map(reason) ?? ""
    } score: { row in
      byRow[row].map { $0.doubt * $0.distance }
    }
    return ClipSheet.Section(heading, items)
  }

  /// Why a clip stands in the list.
  private func reason(_ clip: NextClip) -> String {
    let prediction = prediction(clip)
    let (first, second) = (prediction.label, prediction.runnerUp)
    func share(_ place: Int) -> String {
      "\(classes[place]) \(NumberText.percent(prediction.probabilities[place], 0))"
    }
    return (prediction.isOutOfSet ? "unlike any labelled class; " : "")
      + "\(share(first)) or \(share(second)); doubt \(NumberText.fixed(clip.doubt, 2)) (the heads differ by "
      + "\(NumberText.fixed(clip.disagreement, 2))), distance \(NumberText.fixed(clip.distance, 2))"
  }
}
