import Evaluation
import SelfTraining
import TensorCore
import TestSupport
import Testing

/// The two lists of labels against each other and against the clips.
@Suite struct LabelListsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func file(_ text: String, _ name: String) throws -> String {
    let path = folder.path(name)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func lists(_ labels: String, _ test: String? = nil) throws -> LabelLists {
    try LabelLists(
      labels: try file(labels, "few.csv"), test: try test.map { try file($0, "test.csv") })
  }

  private static let few = "path,label,group\na.mp4,x,1\nb.mp4,x,2\nc.mp4,y,1\nd.mp4,y,2\n"

  @Test func listsThatDoNotFitNameTheLine() throws {
    for (test, words) in [
      ("path,label\ne.mp4,x\nb.mp4,x\n", "test.csv: line 3: b.mp4 is among the labelled clips"),
      ("path,label,group\ne.mp4,x,3\nf.mp4,y,2\n", "test.csv: line 3: f.mp4 is of the group 2"),
      ("path,label\ne.mp4,x\nf.mp4,z\n", "test.csv: line 3: z is no class of"),
      ("path,label\ne.mp4,X\n", "few.csv, which has x: if they are one, write them alike"),
      ("", "test.csv: is empty"), ("path,label\n", "test.csv: has no labels"),
    ] {
      let error = #expect(throws: (any Error).self) { try lists(Self.few, test) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
    }
  }

  /// Lists of all clips are filled in little by little; what is not checked is said.
  @Test func whatIsLeftEmptyIsSaid() throws {
    let some = try lists(
      Self.few + "e.mp4,,\nf.mp4, ,3\na.mp4,,\n,,\n", "path,label\ng.mp4,y\nh.mp4,\n")
    #expect(some.labels.entries.count == 4 && some.test?.entries.map(\.path) == ["g.mp4"])
    #expect(
      some.notes.map { $0.split(separator: ": ").dropFirst().joined(separator: ": ") } == [
        "2 clips without a label: taken as unlabelled", "1 clip without a label: not judged",
        "has no column group, so that it is not checked whether a group is in both lists",
      ])
    #expect(try lists(Self.few, "path,label,group\ng.mp4,y,3\n").notes.isEmpty)
    let bare = try lists(
      "path,label\na.mp4,x\nb.mp4,x\nc.mp4,y\nd.mp4,y\n", "path,label,group\ne.mp4,x,1\n")
    #expect(bare.notes.count == 1 && bare.notes[0].contains("few.csv: has no column group"))
    #expect(
      try lists("path,label\na.mp4,x\nb.mp4,x\nc.mp4,y\nd.mp4,y\n", "path,label\ne.mp4,x\n").notes
        .isEmpty)
    let empty = #expect(throws: EvaluationError.self) { try lists("path,label\na.mp4,\n") }
    #expect(empty?.description.contains("has no labels; fill some in") == true)
  }

  @Test func whatMayBeAMistakeIsSaid() throws {
    func notes(_ text: String) throws -> [String] { try lists("path,label,group\n" + text).notes }
    let one = try notes("a.mp4,x,1\nb.mp4,x,1\nc.mp4,y,1\nd.mp4,y,2\n")
    #expect(one.count == 1 && one[0].contains("few.csv: all clips of one group in x: groups"))
    let twins = try notes("a.mp4,wave 1,1\nb.mp4,wave 1,2\nc.mp4,Wave1,1\nd.mp4,Wave1,2\n")
    #expect(
      twins.count == 1
        && twins[0].contains("Wave1 and wave 1 are two classes; if they are one, write them alike"))
    let ends = try notes("a.mp4,bend ,1\nb.mp4,bend ,2\nc.mp4,bend,1\nd.mp4,bend,2\n")
    #expect(ends.count == 1 && ends[0].contains("bend and \"bend \" are two classes"))
    #expect(try notes("a.mp4,-1,1\nb.mp4,-1,2\nc.mp4,1,1\nd.mp4,1,2\n").isEmpty)
  }

  @Test func rowsAreThoseOfThePaths() throws {
    // A byte-order mark, CRLF and quotes; classes of the test list in an order of their own.
    let lists = try lists(
      "\u{FEFF}path,label\r\n\"a.mp4\",x\r\n./b.mp4,x\r\nc.mp4,\"y\"\r\nd.mp4,y\r\n",
      "path,label\ne.mp4,y\n")
    let paths = ["e.mp4", "d.mp4", "c.mp4", "b.mp4", "a.mp4"]
    func views(heard: Bool) -> ViewSet {
      ViewSet(
        paths: paths, video: [Tensor.zeros([5, 0])], audio: [Tensor.zeros([5, 2])],
        hasVideo: [Bool](repeating: false, count: 5), hasAudio: paths.map { heard || $0 != "c.mp4" }
      )
    }
    let (labels, test) = try lists.clips(in: views(heard: true), failures: [:])
    #expect(labels.map(\.row) == [4, 3, 2, 1] && labels.map(\.label) == [0, 0, 1, 1])
    #expect(test == [LabelledClip(row: 0, label: 1)])
    let silent = #expect(throws: EvaluationError.self) {
      try lists.clips(in: views(heard: false), failures: [:])
    }
    #expect(silent?.description.contains("line 4: c.mp4 is silent") == true)
    try lists.check(against: Set(paths), folder: "videos")
    let unknown = #expect(throws: EvaluationError.self) {
      try lists.check(against: Set(paths.dropLast()), folder: "videos")
    }
    #expect(unknown?.description.contains("few.csv: line 2: a.mp4 is not in videos") == true)
    let fewer = ViewSet(
      paths: ["e.mp4"], video: [Tensor.zeros([1, 1])], audio: [Tensor.zeros([1, 0])],
      hasVideo: [true], hasAudio: [false])
    let failed = #expect(throws: EvaluationError.self) {
      try lists.clips(in: fewer, failures: ["a.mp4": "is cut short"])
    }
    #expect(
      failed?.description.contains("line 2: a.mp4 could not be embedded (is cut short)") == true)
  }
}
