import Foundation
import Settings
import Testing

/// `selftrain` and `predict` as a user meets them, on the committed clips.
@Suite(.serialized) struct SelfTrainTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"
  private static let kinds = ["ball", "bell", "wheel"]

  /// Six clips of each of three kinds, labels of two and a test list of one of each.
  struct Clips {
    let folder: TemporaryFolder
    let videos: String

    init(count: Int = 6) throws {
      folder = try TemporaryFolder()
      videos = folder.file("videos")
      for kind in kinds {
        try FileManager.default.createDirectory(
          atPath: "\(videos)/\(kind)", withIntermediateDirectories: true)
        for number in 1...count {
          let name = "\(kind)/\(kind)-0\(number).mp4"
          try FileManager.default.createSymbolicLink(
            atPath: "\(videos)/\(name)", withDestinationPath: "\(clips)/\(name)")
        }
      }
      try "no video".write(
        toFile: videos + "/broken.mp4", atomically: true, encoding: .utf8)
      try folder.write(Self.table([1, 2]), to: "few.csv")
      try folder.write(Self.table([6]), to: "test.csv")
    }

    static func table(_ numbers: [Int]) -> String {
      "path,label\n"
        + kinds.flatMap { kind in numbers.map { "\(kind)/\(kind)-0\($0).mp4,\(kind)\n" } }.joined()
    }

    /// The arguments of a self-training by colours into the folder `name`.
    func arguments(_ name: String, labels: String = "few.csv") -> [String] {
      [
        "selftrain", videos, "--model", "pixels", "--labels", folder.file(labels), "--out",
        folder.file(name), "--size", "32", "--views", "2", "--rounds", "1",
      ]
    }
  }

  func run(_ arguments: [String]) throws -> Binary.Outcome {
    try Binary.shell("exec \"$0\" \"$@\"", arguments)
  }

  private func json(_ arguments: [String]) throws -> JSONValue {
    let outcome = try run(arguments + ["--json", "--quiet"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8))
  }

  func names(_ path: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path))
  }

  func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The table that selftrain writes as predict does: without its last column, the list that a clip is in.
  private func withoutLists(_ path: String) throws -> String {
    try text(path).split(separator: "\n").map {
      $0.prefix(upTo: $0.lastIndex(of: ",") ?? $0.endIndex) + "\n"
    }
    .joined()
  }

  @Test func trainsAndPredictsTheSame() throws {
    let set = try Clips()
    let (folder, out) = (set.folder, set.folder.file("cls"))
    let result = try json(
      set.arguments("cls") + ["--test", folder.file("test.csv"), "--list-next", "3"])
    #expect(result["labelled"]?.int == 6 && result["unlabelled"]?.int == 12)
    #expect(result["test"]?.int == 3 && result["failed"]?.int == 1)
    for name in ["labels_only_accuracy", "final_accuracy", "ece_out_of_fold", "ece_test"] {
      #expect((0...1).contains(result[name]?.double ?? -1), "\(name)")
    }
    #expect((0...1).contains(result["expected_accuracy"]?["accuracy"]?.double ?? -1))
    #expect(result["rounds"]?.array?.first?["name"]?.string == "labels only")
    #expect(result["verdict"]?.string?.isEmpty == false)
    let next = (result["next"]?.array ?? []).compactMap(\.string)
    let labelled = try text(folder.file("few.csv"))
    #expect(next.count == 3 && Set(next).count == 3 && !next.contains { labelled.contains($0) })
    let found = try names(out)
    #expect(
      found.isSuperset(of: [
        "classifier.json", "classifier.safetensors", "embedding.json", "record.json",
        "predictions.csv", "report.html", "next.csv", "next.html",
      ]))
    let page = try text(out + "/report.html")
    #expect(page.contains("labels only") && page.contains("data:image/jpeg;base64,"))
    #expect(page.contains("broken.mp4") && !page.contains("href="))
    #expect(
      try text(out + "/next.csv") == "path,label\n" + next.map { $0 + ",\n" }.joined())

    // The classifier needs nothing but its folder, wherever it is.
    try FileManager.default.moveItem(atPath: out, toPath: folder.file("moved"))
    let table = folder.file("p.csv")
    let predict = ["predict", set.videos, "--classifier", folder.file("moved"), "--out", table]
    let said = try json(predict)
    #expect(said["rows"]?.int == 18 && said["failed"]?.int == 1)
    let own = folder.file("moved/predictions.csv")
    #expect(try text(table) == withoutLists(own))
    let lists = try text(own).split(separator: "\n").map { line in
      String(line.suffix(from: line.lastIndex(of: ",") ?? line.startIndex))
    }
    for (list, count) in [(",list", 1), (",labels", 6), (",test", 3), (",", 9)] {
      #expect(lists.count { $0 == list } == count, "\(list)")
    }
    #expect(try text(folder.file("p.failed.csv")).contains("broken.mp4"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("p.predict-partial")))
    // What selftrain has kept of these clips serves as well.
    let shared = try run(
      predict.dropLast() + [folder.file("q.csv"), "--cache", folder.file("selftrain-cache")])
    #expect(shared.status == 0 && shared.errors.contains("already"), "\(shared.errors)")
    #expect(try text(folder.file("q.csv")) == text(table))
    let again = try run(predict)
    #expect(again.status == 73 && again.errors.contains("p.csv"))
  }

  @Test func labelsOfMoreClipsUseTheSameEmbeddings() throws {
    let set = try Clips()
    #expect(try run(set.arguments("a")).status == 0)
    let cache = set.folder.file("selftrain-cache")
    let kept = try names(cache)
    try set.folder.write(Clips.table([1, 2, 3]), to: "more.csv")
    let second = try run(set.arguments("b", labels: "more.csv"))
    #expect(second.status == 0 && second.errors.contains("already"), "\(second.errors)")
    #expect(try names(cache) == kept)
    // The same labels give the same bytes, from the start or from what was kept, for any number of threads.
    let third = try run(
      set.arguments("c") + ["--cache", set.folder.file("other"), "--threads", "1"])
    #expect(third.status == 0 && !third.errors.contains("already"))
    for name in ["classifier.safetensors", "classifier.json", "predictions.csv"] {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: set.folder.file("a/" + name)))
          == Data(contentsOf: URL(fileURLWithPath: set.folder.file("c/" + name))), "\(name)")
    }
    // What was damaged is made again.
    let matrix = try #require(kept.first { $0.hasSuffix(".npy") })
    try set.folder.write("no matrix", to: "selftrain-cache/" + matrix)
    let fourth = try run(set.arguments("d"))
    #expect(fourth.status == 0 && fourth.errors.contains("damaged"), "\(fourth.errors)")
  }

  @Test func killedItGoesOnToTheSameBytes() throws {
    let set = try Clips()
    let arguments = [
      "selftrain", set.videos, "--model", "random", "--preset", "tiny", "--size", "96", "--labels",
      set.folder.file("few.csv"), "--rounds", "1", "--quiet", "--out",
    ]
    let cached = ["--cache", set.folder.file("cache")]
    #expect(try run(arguments + [set.folder.file("a")]).status == 0)
    for signal in ["KILL", "TERM"] {
      let stopped = try Binary.shell(
        "timeout -s \(signal) 0.5 \"$0\" \"$@\"", arguments + [set.folder.file("b")] + cached)
      #expect(stopped.status != 0)
      #expect(!FileManager.default.fileExists(atPath: set.folder.file("b")))
    }
    #expect(try run(arguments + [set.folder.file("b")] + cached).status == 0)
    for name in try names(set.folder.file("a")) where !name.hasSuffix(".html") {
      guard name != "record.json" else { continue }
      #expect(
        FileManager.default.contentsEqual(
          atPath: set.folder.file("a/" + name), andPath: set.folder.file("b/" + name)), "\(name)")
    }
    #expect(!(try names(set.folder.path)).contains { $0.hasPrefix(".b.partial") })
  }

  @Test func finetuningIsJudgedByHiddenLabels() throws {
    let set = try Clips()
    func arguments(_ name: String, _ threads: Int, steps: Int = 2) -> [String] {
      [
        "selftrain", set.videos, "--model", "random", "--preset", "tiny", "--size", "64", "--views",
        "1", "--rounds", "1", "--labels", set.folder.file("few.csv"), "--test",
        set.folder.file("test.csv"), "--cache", set.folder.file("cache"), "--finetune",
        "--finetune-steps", "\(steps)", "--threads", "\(threads)", "--out", set.folder.file(name),
      ]
    }
    let result = try json(arguments("a", 2))
    let tuning = try #require(result["finetune"])
    #expect(tuning["steps"]?.int == 2 && tuning["folds"]?.int == 4)
    #expect(tuning["skipped_steps"]?.int == 0 && tuning["held_out"]?["count"]?.int == 6)
    #expect((0...1).contains(tuning["chance"]?.double ?? -1))
    #expect((result["finetune_seconds"]?.double ?? 0) > 0)
    let rounds = try #require(result["rounds"]?.array)
    #expect(
      rounds.last?["name"]?.string == "fine-tuned" && rounds.last?["test"]?["count"]?.int == 3)
    let isKept = tuning["kept"]?.bool == true
    #expect((result["chosen"]?.string == "fine-tuned") == isKept)
    #expect(try names(set.folder.file("a")).contains("encoder") == isKept)
    #expect(try text(set.folder.file("a/report.html")).contains("fine-tuned"))
    #expect(
      try text(set.folder.file("a/report.html")).contains("2 steps, again for each of 4 folds"))
    let table = set.folder.file("p.csv")
    _ = try json([
      "predict", set.videos, "--classifier", set.folder.file("a"), "--out", table,
    ])
    #expect(try text(table) == withoutLists(set.folder.file("a/predictions.csv")))
    #expect(tuning["training_loss"]?.array?.count == 2)
    // Of two labels a class half are hidden: where there is no test list either, it is not tried.
    #expect(!isKept && tuning["obstacle"]?.string?.contains("must hide half") == true)
    let untried = try json(
      arguments("d", 2, steps: 100_000).filter {
        !["--test", set.folder.file("test.csv")].contains($0)
      })
    #expect(untried["finetune"] == nil && untried["rounds"]?.array?.count == rounds.count - 1)
    #expect(
      untried["verdict"]?.string?.contains("Fine-tuning is not tried: of so few labels") == true)
    // The same bytes by one thread.
    _ = try json(arguments("b", 1))
    for name in ["classifier.safetensors", "classifier.json", "predictions.csv", "record.json"] {
      #expect(
        FileManager.default.contentsEqual(
          atPath: set.folder.file("a/" + name), andPath: set.folder.file("b/" + name)), "\(name)")
    }
    let stopped = try Binary.shell(
      "timeout --preserve-status -s INT 2 \"$0\" \"$@\"", arguments("c", 1, steps: 100_000))
    #expect(stopped.status == 130 && !FileManager.default.fileExists(atPath: set.folder.file("c")))
    for (extra, word) in [
      (["--finetune-steps", "5"], "--finetune"), (["--finetune"], "pixels"),
    ] {
      let outcome = try run(set.arguments("x") + extra + ["--quiet"])
      #expect(outcome.status == 64 && outcome.errors.contains(word), "\(outcome.errors)")
    }
  }

  @Test func windowsBecomeSegments() throws {
    let set = try Clips()
    #expect(try run(set.arguments("cls")).status == 0)
    let table = set.folder.file("p.csv")
    let result = try json([
      "predict", set.videos + "/bell", "--classifier", set.folder.file("cls"), "--out", table,
      "--per-window", "--clip", "1", "--stride", "0.5",
    ])
    let lines = try text(table).split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.count == 1 + (result["rows"]?.int ?? 0) && result["files"]?.int == 6)
    #expect(lines[0].prefix(4) == ["path", "start_s", "end_s", "label"])
    // The segments of a file lie end to end from its beginning to its end.
    for (_, rows) in Dictionary(grouping: lines.dropFirst(), by: { $0[0] }) {
      #expect(rows.first?[1] == "0.0" && rows.last?[2] == "4.0")
      for (a, b) in zip(rows, rows.dropFirst()) { #expect(a[2] == b[1]) }
    }
    let stride = try run([
      "predict", set.videos, "--classifier", set.folder.file("cls"), "--out",
      set.folder.file("q.csv"), "--stride", "1",
    ])
    #expect(stride.status == 64 && stride.errors.contains("--per-window"))
  }

  /// A list of all clips with some labels filled in serves, and what is not checked of two lists is said.
  @Test func listsThatAreFilledInByAndByServe() throws {
    let set = try Clips()
    let groups = { (line: Substring) in
      line + (line.hasPrefix("path") ? ",group" : ",\(line.prefix(9))")
    }
    let few = try text(set.folder.file("few.csv")).split(separator: "\n").map(groups)
    try set.folder.write(
      few.joined(separator: "\n") + "\nball/ball-03.mp4,,\nball/ball-04.mp4,,\n", to: "some.csv")
    let outcome = try run(
      set.arguments("a", labels: "some.csv") + ["--test", set.folder.file("test.csv")])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("some.csv: 2 clips without a label: taken as unlabelled"))
    #expect(outcome.errors.contains("test.csv: has no column group"))
    #expect(outcome.output.contains("6 labelled clips of 3 classes, 12 unlabelled"))
  }

  /// The report counts every clip that predictions.csv has, and shows the strangest ones first.
  @Test func theReportAddsUpToThePredictions() throws {
    let set = try Clips()
    for number in 1...3 {
      let name = "slider-0\(number).mp4"
      try FileManager.default.createSymbolicLink(
        atPath: "\(set.videos)/\(name)", withDestinationPath: "\(Self.clips)/slider/\(name)")
    }
    try set.folder.write(Clips.table([1, 2, 3, 4]), to: "more.csv")
    let outcome = try run([
      "selftrain", set.videos, "--model", "pixels", "--labels", set.folder.file("more.csv"),
      "--out", set.folder.file("cls"), "--size", "32", "--views", "1", "--rounds", "1",
      "--list-next", "2",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try text(set.folder.file("cls/predictions.csv")).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .filter { $0.last != "labels" }
    let strange = lines.filter { $0[5] == "1" }
    try #require(lines.count == 9 && strange.count > 1)
    let page = try text(set.folder.file("cls/report.html"))
    let table = try #require(page.components(separatedBy: "<h2>Classes</h2>").last)
      .components(separatedBy: "</section>")[0]
    #expect(table.contains("<th>Among them unlike any labelled class</th>"))
    for kind in Self.kinds {
      let own = lines.filter { $0[1] == kind }
      let row = try #require(
        table.components(separatedBy: "\n").first { $0.hasPrefix("<tr><th>\(kind)<") })
      #expect(
        row.hasSuffix(
          "<td class=\"number\">\(own.count)</td><td class=\"number\">\(own.count { $0[5] == "1" })</td></tr>"
        ), "\(row)")
    }
    let cards = try #require(page.components(separatedBy: "<h2>Unlike any labelled class").last)
      .components(separatedBy: "<figcaption><b>").dropFirst()
    let distances = cards.compactMap { Double($0.prefix { $0 != "<" }) }
    #expect(distances.count == strange.count && distances == distances.sorted(by: >))
    #expect(distances.allSatisfy { $0 > 1 } && Set(distances).count > 1)
    #expect(
      page.contains("<h2>Surest of the unlabelled clips; clips unlike any labelled class stand"))
    #expect(try text(set.folder.file("cls/next.html")).contains("1: nothing in common, 2: the opp"))
  }

  /// Of what nothing can be said the file is named, and nothing is left.
}
