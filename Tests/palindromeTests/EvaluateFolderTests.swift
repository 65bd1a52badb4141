import Foundation
import Settings
import Storage
import Testing

/// The folders that `evaluate` reads and writes.
@Suite struct EvaluateFolderTests {
  private let folder: TemporaryFolder
  private static let davis = ShortRun.clips + "/davis"
  private static let truth = davis + "/Annotations/480p"

  init() throws { folder = try TemporaryFolder() }

  private func copy(_ from: String, to name: String) throws {
    let place = folder.file(name)
    try Folder.create(Folder.parent(of: place))
    try FileManager.default.copyItem(atPath: from, toPath: place)
  }

  @Test func sequencesThatAreNotThereAreNamed() throws {
    func masks(_ results: String, _ more: String...) throws -> Binary.Outcome {
      try Binary.shell(
        "exec \"$0\" \"$@\"",
        ["evaluate", "masks", "--truth", Self.truth, "--results", results, "--quiet"] + more)
    }
    let none = try masks(folder.file("nope"))
    #expect(none.status == 66)
    #expect(
      none.errors
        == "palindrome: \(folder.file("nope")): no such folder; give the folder of the masks to score\n"
    )
    let names = Folder.names(in: Self.truth)
    let (first, present) = (names[0], names[1...2])
    for name in present { try copy("\(Self.truth)/\(name)", to: "some/\(name)") }
    let list = present.joined(separator: ",")
    let some = try masks(folder.file("some"))
    #expect(some.status == 66)
    #expect(
      some.errors
        == "palindrome: \(folder.file("some"))/\(first): no such folder; to score only what is there, "
        + "add --sequences \(list)\n")
    #expect(try masks(folder.file("some"), "--sequences", list).status == 0)
    let wanted = try masks(folder.file("some"), "--sequences", first)
    #expect(wanted.status == 66 && wanted.errors.contains("/\(first): no such folder; give the"))
  }

  /// A folder of masks is of one run, and whole.
  @Test func masksOfTwoRunsAreNotMixed() throws {
    let name = "ball-bounces"
    for part in ["JPEGImages", "Annotations"] {
      try copy("\(Self.davis)/\(part)/480p/\(name)", to: "root/\(part)/480p/\(name)")
    }
    let out = folder.file("out")
    func davis() throws -> Binary.Outcome {
      try Binary.run(
        "evaluate", "davis", "--model", "pixels", "--root", folder.file("root"), "--height", "96",
        "--out", out, "--quiet")
    }
    #expect(try davis().status == 0)
    let names = Folder.names(in: "\(out)/\(name)")
    #expect(names.count == 30 && names.first == "00000.png")
    let again = try davis()
    #expect(again.status == 73)
    #expect(
      again.errors
        == "palindrome: \(out): there is something in this folder already; choose another --out\n")
    try FileManager.default.removeItem(atPath: out)
    // A run that fails in the end leaves nothing.
    try folder.write("no mask", to: "root/Annotations/480p/\(name)/00028.png")
    let failed = try davis()
    #expect(failed.status == 65 && failed.errors.contains("00028.png"))
    #expect(Folder.names(in: folder.path) == ["root"])
  }

  @Test func anEvaluationThatIsStoppedLeavesNothing() throws {
    for (signal, status) in [("INT", Int32(130)), ("TERM", 75)] {
      let stopped = try Binary.disturbed(
        when: #"[ -n "$(ls -d "$FOLDER"/.out.partial-*/* 2>/dev/null)" ]"#,
        then: "kill -\(signal) $process",
        [
          "evaluate", "davis", "--model", "random", "--root", Self.davis, "--out",
          folder.file("out"),
        ], environment: ["FOLDER": folder.path])
      #expect(stopped.status == status)
      #expect(stopped.errorLines.last?.hasPrefix("palindrome: \(folder.file("out")): ") == true)
      #expect(Folder.names(in: folder.path).isEmpty)
    }
  }

  /// Where every cell is as near as any other a mark spreads over the whole frame: such a point is lost, as in `track`.
  /// A single point has no box.
  @Test func pointsThatFadeAreLost() throws {
    try folder.write("frame,id,x,y\n0,a,100,100\n2,a,100,100\n", to: "ball-bounces.csv")
    func points(_ more: [String]) throws -> Binary.Outcome {
      try Binary.shell(
        "exec \"$0\" \"$@\"",
        [
          "evaluate", "points", "--model", "pixels", "--root", Self.davis + "/JPEGImages/480p",
          "--truth", folder.file("ball-bounces.csv"), "--topk", "1000", "--radius", "40",
          "--temperature", "100", "--context", "0",
        ] + more)
    }
    for (more, told) in [([], 0.0), (["--lost", "0"], 1), (["--lost", "0.06"], 0)]
      as [([String], Double)]
    {
      let outcome = try points(["--json"] + more)
      let result = try JSONValue.parse(Array(outcome.output.utf8))
      #expect(result["occlusion_accuracy"]?.double == told, "\(outcome.output)\(outcome.errors)")
      #expect(result["PCK_0.1"] == .null)
    }
    let text = try points(["--quiet"])
    #expect(
      text.output.split(separator: "\n").last?.split(separator: " ").prefix(3) == ["all", "-", "-"])
    let other = try Binary.run(
      "evaluate", "davis", "--root", "x", "--model", "pixels", "--lost", "0")
    #expect(other.status == 64 && other.errors.contains("--lost has no part in evaluate davis"))
  }
}
