import Foundation
import Testing

/// What is wrong is named, and leaves nothing behind.
extension SelfTrainTests {
  @Test func aFileThatCannotBePredictedLeavesNothing() throws {
    let set = try Clips()
    #expect(try run(set.arguments("cls")).status == 0)
    let before = try names(set.folder.path)
    let predict = { [set] in
      ["predict", $0, "--classifier", set.folder.file("cls"), "--out", set.folder.file($1)]
    }
    let one = try run(predict(set.videos + "/broken.mp4", "p.csv") + ["--quiet"])
    #expect(one.status == 65 && one.errorLines.count == 1)
    #expect(one.errors.contains("\(set.videos)/broken.mp4: "), "\(one.errors)")
    for name in ["a", "b"] { try set.folder.write("no video", to: "bad/\(name).mp4", making: true) }
    let both = try names(set.folder.path)
    let two = try run(predict(set.folder.file("bad"), "p.csv") + ["--quiet"])
    #expect(
      two.status == 65
        && two.errors.contains("bad: none of its 2 files could be embedded, a.mp4 since"))
    #expect(try names(set.folder.path) == both && both == before.union(["bad"]))
    let clip = try run(predict(set.videos + "/ball/ball-03.mp4", "q.csv"))
    #expect(clip.status == 0 && clip.output.contains("1 clip of 1 file,"), "\(clip.output)")
    // What is cut short is judged by what is left of it, and that is said.
    let whole = try Data(contentsOf: URL(fileURLWithPath: set.videos + "/ball/ball-03.mp4"))
    try whole.prefix(whole.count * 4 / 5)
      .write(to: URL(fileURLWithPath: set.folder.file("bad/cut.mp4")))
    let cut = try run(predict(set.folder.file("bad/cut.mp4"), "r.csv"))
    #expect(cut.status == 0 && cut.errors.contains("1 file is damaged and taken as far as decoded"))
    #expect(try text(set.folder.file("r.failed.csv")).contains("cut.mp4,in part: "))
  }

  /// A second signal ends at once: before there is anything to write nothing stands there.
  @Test func theSecondSignalLeavesNothingHidden() throws {
    let set = try Clips()
    let outcome = try Binary.disturbed(
      when: #"[ -d "$FOLDER/selftrain-cache" ]"#,
      then: "while kill -INT $process 2>/dev/null; do sleep 0.05; done",
      [
        "selftrain", set.videos, "--model", "random", "--preset", "small", "--size", "128",
        "--labels", set.folder.file("few.csv"), "--out", set.folder.file("b"), "--threads", "1",
      ], environment: ["FOLDER": set.folder.path])
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(!(try names(set.folder.path)).contains { $0.hasPrefix(".b") || $0 == "b" })
  }

  @Test func aRunWithoutAModelIsNamed() throws {
    let set = try Clips()
    try set.folder.write("{\"objectives\": {}}", to: "run/config.json", making: true)
    var arguments = set.arguments("x")
    arguments[3] = set.folder.file("run")
    let outcome = try run(arguments)
    #expect(
      outcome.status == 66 && outcome.errors.contains("this run has no model"), "\(outcome.errors)")
    #expect(outcome.errors.contains("pretrain --out \(set.folder.file("run")) --resume"))
    let report = try Binary.run("report", set.folder.file("run"))
    #expect(report.status == 66 && report.errors.contains("wait for the first one"))
  }

  @Test func mistakesAreNamed() throws {
    let set = try Clips()
    let few = try text(set.folder.file("few.csv"))
    let labels: [(String, String)] = [
      ("", "bad.csv: is empty"), ("path,label\n", "bad.csv: has no labels"),
      ("name,label\na,b\n", "path,label"),
      (few + "gone.mp4,ball\n", "line 8: gone.mp4 is not in"),
      (few + "ball/ball-01.mp4,bell\n", "line 8: ball/ball-01.mp4 is bell here and ball in line 2"),
      (few + "ball/ball-03.mp4,lone\n", "line 8: lone has 1 clip"),
      (few + "broken.mp4,ball\n", "line 8: broken.mp4 could not be embedded"),
      (few + "\"ball/ball-03.mp4,ball\n", "line 8: a quote is never closed"),
      (few + "ball/ball-03.mp4\n", "line 8: 1 field where the header has 2; a comma is missing"),
    ]
    for (table, words) in labels {
      try set.folder.write(table, to: "bad.csv")
      let outcome = try run(set.arguments("x", labels: "bad.csv") + ["--quiet"])
      #expect(outcome.status == 65 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
    let tests: [(String, String)] = [
      ("path,label\nball/ball-02.mp4,ball\n", "line 2: ball/ball-02.mp4 is among the labelled"),
      ("path,label\nball/ball-06.mp4,cube\n", "line 2: cube is no class of"),
      ("path,label\ngone.mp4,ball\n", "line 2: gone.mp4 is not in"),
    ]
    for (table, words) in tests {
      try set.folder.write(table, to: "bad.csv")
      let outcome = try run(
        set.arguments("x") + ["--test", set.folder.file("bad.csv"), "--quiet"])
      #expect(outcome.status == 65 && outcome.errors.contains(words), "\(outcome.errors)")
    }
    #expect(!(try names(set.folder.path)).contains("x"))
    try set.folder.write("", to: "full/a.txt", making: true)
    let sound =
      set.arguments("x").filter { !["--size", "32"].contains($0) } + ["--modality", "audio"]
    for (arguments, status, word) in [
      (set.arguments("full"), 73, "full"),
      (set.arguments("x", labels: "none.csv"), 66, "none.csv"),
      (set.arguments("x") + ["--method", "magic"], 64, "method"),
      (set.arguments("x") + ["--labels", "b.csv"], 64, "--labels is given twice"),
      (sound + ["--mirror"], 64, "--mirror has no part in"),
      (sound + ["--no-temporal"], 64, "--no-temporal has no"),
      (["predict", set.videos, "--classifier", set.videos, "--out", "p.csv"], 66, "no classifier"),
      (["predict", set.videos, "--classifier", "/nowhere", "--out", "p.csv"], 66, "/nowhere"),
    ] as [([String], Int32, String)] {
      let outcome = try run(arguments + ["--quiet"])
      #expect(
        outcome.status == status && outcome.errors.contains(word), "\(arguments) \(outcome.errors)")
    }
  }
}
