import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct PointTests {
  /// Worked out by hand: 256×256, one point right, one 3 pixels off, one hidden but said to be seen.
  @Test func scoresAreTheDefinitions() {
    func item(_ dx: Double, visible: Bool, found: Bool) -> PointScores.Item {
      PointScores.Item(
        wanted: (100, 100), isVisible: visible, found: (100 + dx, 100), isFound: found, scale: 20)
    }
    let scores = PointScores(
      [
        item(0, visible: true, found: true), item(3, visible: true, found: true),
        item(0, visible: false, found: true),
      ], width: 256, height: 256)
    #expect(scores.visible == 2)
    #expect(scores.pck10 == 0.5 && scores.pck20 == 1)
    #expect(abs(scores.occlusionAccuracy - 2.0 / 3) < 1e-12)
    // Within 1 and 2: one of two; from 4 on both.
    #expect(abs(scores.positionAccuracy - (0.5 * 2 + 1 * 3) / 5) < 1e-12)
    // 1, 2: hits 1, wrong 2 of 2 visible: 1/4; from 4: hits 2, wrong 1: 2/3.
    #expect(abs(scores.averageJaccard - (0.25 * 2 + 2.0 / 3 * 3) / 5) < 1e-12)
  }

  /// A frame without a box says nothing of PCK, and without any such frame there is none.
  @Test func whereThereIsNoBoxThereIsNoPCK() {
    func score(_ scales: [Double?]) -> PointScores {
      PointScores(
        scales.enumerated().map { place, scale in
          PointScores.Item(
            wanted: (100, 100), isVisible: true, found: (100 + 3 * Double(place), 100),
            isFound: true,
            scale: scale)
        }, width: 256, height: 256)
    }
    #expect(score([20, nil]).pck10 == 1 && score([nil, 20]).pck10 == 0)
    let none = score([nil, nil])
    #expect(none.pck10 == nil && none.pck20 == nil && none.visible == 2)
    #expect(PointScores(mean: [none, score([20, 20])]).pck10 == 0.5)
    #expect(PointScores(mean: [none]).pck20 == nil)
  }

  @Test func tablesAreChecked() throws {
    let folder = try ScratchFolder()
    let path = folder.path("points.csv")
    func read(_ text: String) throws -> PointTable {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return try PointTable(path)
    }
    let table = try read("frame,id,x,y,visible\n3,nose,1.5,2,1\n3,ear,4,5,0\r\n7,nose,2,2,yes\n")
    #expect(table.byFrame.map(\.frame) == [3, 7])
    #expect(table.rows[1].isVisible == false)
    // Spaces about numbers are no part of them, and names are text.
    let quoted = try read("frame, id, x, y\n1,\"left, \"\"upper\"\"\", 2.5 ,3\n")
    #expect(quoted.rows[0].id == "left, \"upper\"" && quoted.rows[0].x == 2.5)
    for bad in [
      "", "frame,x,y\n1,2,3\n", "frame,id,x,y\n", "frame,id,x,y\n1,a,2\n",
      "frame,id,x,y\n1,a,b,2\n",
      "frame,id,x,y\n-1,a,2,2\n", "frame,id,x,y\n1,a,nan,2\n", "frame,id,x,y\n1,a,2,2\n1,a,3,3\n",
    ] {
      do {
        _ = try read(bad)
        Issue.record("read \(bad)")
      } catch let error as EvaluationError {
        #expect(error.exitStatus == 65 && error.description.hasPrefix(path))
      }
    }
  }
}
