import Evaluation
import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

/// `Goldens/make_probe.py`: scikit-learn on the same features and folds.
@Suite struct ProbeTests {
  private static func golden() throws -> SafetensorsFile {
    try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens/probe.safetensors").path)
  }

  @Test(arguments: [2, 4]) func coefficientsAreThoseOfScikitLearn(_ classes: Int) throws {
    let golden = try Self.golden()
    let features = try golden.tensor("features.\(classes)")
    let labels = try golden.tensor("labels.\(classes)").array.map { Int($0) }
    let x = Standardisation(features)(features)
    func compare(_ model: LogisticRegression, _ name: String) throws {
      let wanted = try golden.tensor(name)
      let width = x.shape[1]
      #expect(model.converged, "\(name)")
      #expect(model.coefficients.count == wanted.shape[0])
      let scale = wanted.array.reduce(0) { max($0, abs($1)) }
      for (row, values) in model.coefficients.enumerated() {
        for (column, value) in (values + [model.intercepts[row]]).enumerated() {
          let want = wanted.array[row * (width + 1) + column]
          #expect(abs(value - Double(want)) < 1e-3 * Double(scale), "\(name) \(row) \(column)")
        }
      }
    }
    for (name, strength) in [("0.01", 0.01), ("1", 1.0), ("100", 100.0)] {
      let model = LogisticRegression(x, labels: labels, classes: classes, strength: strength)
      try compare(model, "coefficients.\(classes).\(name)")
    }
    let weights = labels.indices.map { 1 + Double($0 % 3) }
    try compare(
      LogisticRegression(x, labels: labels, classes: classes, strength: 1, weights: weights),
      "weighted.\(classes)")
  }

  @Test(arguments: [2, 4]) func accuraciesAreThoseOfScikitLearn(_ classes: Int) throws {
    let golden = try Self.golden()
    let features = try golden.tensor("features.\(classes)")
    let labels = try golden.tensor("labels.\(classes)").array.map { Int($0) }
    let folds = try golden.tensor("folds.\(classes)").array.map { Int($0) }
    let wanted = try golden.tensor("accuracies.\(classes)").array
    for fold in 0..<5 {
      let train = folds.indices.filter { folds[$0] != fold }
      let test = folds.indices.filter { folds[$0] == fold }
      let scale = Standardisation(features.rows(train))
      let (x, queries) = (scale(features.rows(train)), scale(features.rows(test)))
      let known = train.map { labels[$0] }
      func accuracy(_ predicted: [Int]) -> Float {
        let right = zip(predicted, test).filter { $0 == labels[$1] }.count
        return Float(right) / Float(test.count)
      }
      let linear = LogisticRegression(x, labels: known, classes: classes, strength: 10)
      #expect(abs(accuracy(linear.predict(queries)) - wanted[fold]) < 0.005)
      let nearest = NearestNeighbours(x, labels: known, classes: classes)
      let answers = nearest.predict(queries, ks: [1, 5])
      #expect(abs(accuracy(answers[1]) - wanted[5 + fold]) < 0.005)
    }
  }

  /// More samples and queries than are compared at once, each query one of the samples at another length.
  @Test func neighboursAreFoundAcrossBlocks() {
    var random = CounterRandom(seed: 3, purpose: .test)
    let values = (0..<5000 * 8).map { _ in random.normal() }
    let labels = (0..<5000).map { $0 % 7 }
    let nearest = NearestNeighbours(Tensor(values, [5000, 8]), labels: labels, classes: 7)
    let picked = Array(stride(from: 0, to: 5000, by: 19))
    let queries = picked.flatMap { row in values[row * 8..<row * 8 + 8].map { 3 * $0 } }
    let answers = nearest.predict(Tensor(queries, [picked.count, 8]), ks: [1])
    #expect(answers[0] == picked.map { $0 % 7 })
  }

  /// With two groups the training part is of one: its samples are folded to choose C and k.
  @Test func choicesAreMadeWithinASingleGroup() throws {
    let folder = try ScratchFolder()
    var text = "path,label,group\n"
    for number in 0..<24 { text += "\(number),\(number % 2),\(number / 12)\n" }
    try AtomicFile.write(text, to: folder.path("L.csv"))
    let probe = Probe(try ProbeData(try LabelTable(folder.path("L.csv"))), ProbeSettings())
    #expect(probe.choosesWithinGroup && probe.foldCount == 2)
    // A stray sample of each class among the other: one neighbour alone misleads there.
    let features = (0..<24).flatMap { number -> [Float] in
      let side: Float = number % 2 == 0 ? 1 : -1
      let isStray = number % 12 >= 10
      return [(isStray ? -side : side) * (1 + Float(number % 12) * 0.01), Float(number % 5) * 0.1]
    }
    let result = probe.run(Tensor(features, [24, 2])) { _, _ in }
    #expect(result.neighbours.choices.contains { $0 > 1 })
  }

  @Test func studentsQuantiles() throws {
    let wanted = try Self.golden().tensor("t").array
    for (degrees, value) in zip([1.0, 4, 24], wanted) {
      #expect(abs(StudentT.quantile(0.975, degrees: degrees) - Double(value)) < 1e-5)
    }
    // Two repeats of two folds, by hand: variance 0.02/3, factor 1/4 + 1.
    let interval = Interval(crossValidated: [0.5, 0.6, 0.6, 0.7], folds: 2)
    #expect(abs(interval.mean - 0.6) < 1e-12)
    let half = StudentT.quantile(0.975, degrees: 3) * (1.25 * 0.02 / 3).squareRoot()
    #expect(abs(interval.half - half) < 1e-12)
    // No share is more than all of them.
    let high = Interval(crossValidated: [1, 1, 1, 0.8], folds: 2)
    #expect((high.range?.upperBound ?? 0) > 1.05 && high.shares?.upperBound == 1)
    #expect(high.shares?.lowerBound == high.range?.lowerBound)
    #expect(Interval(crossValidated: [0.5], folds: 2).shares == nil)
  }

  /// Soft targets that are hard give the same model, and a fit from a neighbouring one ends at the same place.
  @Test func softTargetsAndWarmStarts() {
    var random = CounterRandom(seed: 1, purpose: .test)
    let labels = (0..<60).map { $0 % 3 }
    let x = Tensor(
      labels.flatMap { label in (0..<5).map { random.normal() + Float(label * $0) } }, [60, 5])
    let cold = LogisticRegression(x, labels: labels, classes: 3, strength: 1)
    let targets = labels.map { label in (0..<3).map { $0 == label ? Float(1) : 0 } }
    let soft = LogisticRegression(x, targets: targets, strength: 1)
    #expect(soft.coefficients == cold.coefficients)
    let other = LogisticRegression(x, labels: labels, classes: 3, strength: 0.1)
    let warm = LogisticRegression(x, labels: labels, classes: 3, strength: 1, start: other)
    for (a, b) in zip(warm.coefficients.joined(), cold.coefficients.joined()) {
      #expect(abs(a - b) < 1e-3)
    }
  }

  @Test func foldsAreEvenAndKeepGroups() {
    let labels = (0..<72).map { $0 % 4 }
    let groups = (0..<72).map { "actor\($0 / 8)" }
    for seed in 0..<5 {
      var random = CounterRandom(seed: UInt64(seed), purpose: .folds)
      let plain = Folds.stratified(labels: labels, count: 5, random: &random)
      for fold in 0..<5 {
        for label in 0..<4 {
          let count = labels.indices.filter { labels[$0] == label && plain[$0] == fold }.count
          #expect((3...4).contains(count))
        }
      }
      let kept = Folds.stratified(labels: labels, groups: groups, count: 5, random: &random)
      #expect(Set(kept) == Set(0..<5))
      for group in Set(groups) {
        #expect(Set(kept.indices.filter { groups[$0] == group }.map { kept[$0] }).count == 1)
      }
      // Nine equal groups on five folds: two each but for one.
      let sizes = (0..<5).map { fold in kept.filter { $0 == fold }.count }
      #expect(sizes.allSatisfy { $0 == 16 || $0 == 8 })
    }
  }

  @Test func theWholeProbeFindsWhatIsThereAndNoMore() throws {
    let folder = try ScratchFolder()
    let path = folder.path("labels.csv")
    var text = "path,label\n"
    for index in 0..<60 { text += "\(index).mp4,\(index % 3)\n" }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let table = try LabelTable(path)
    let probe = Probe(try ProbeData(table), ProbeSettings())
    var random = CounterRandom(seed: 2, purpose: .test)
    let noise = (0..<60 * 8).map { _ in random.normal() }
    let blind = probe.run(Tensor(noise, [60, 8])) { _, _ in }
    let interval = Interval(crossValidated: blind.linear.accuracies, folds: probe.foldCount)
    let range = try #require(interval.range)
    #expect(range.lowerBound < 1.0 / 3 && range.upperBound < 0.75)
    var signal = noise
    for index in 0..<60 { signal[index * 8 + index % 3] += 6 }
    let seeing = probe.run(Tensor(signal, [60, 8])) { _, _ in }
    #expect(probe.confusion(seeing.linear).accuracy > 0.95)
    #expect(probe.confusion(seeing.neighbours).balancedAccuracy > 0.95)
    // The same for any number of threads.
    let again = withThreads(1) { probe.run(Tensor(signal, [60, 8])) { _, _ in } }
    #expect(again.linear.predictions == seeing.linear.predictions)
    #expect(again.linear.choices == seeing.linear.choices)
  }

  /// At two clips a class a fold for each clip would leave one of its class against two of the other.
  @Test func fewClipsAreNotLeftOutOneByOne() throws {
    let folder = try ScratchFolder()
    try AtomicFile.write("path,label\na,1\nb,1\nc,2\nd,2\n", to: folder.path("L.csv"))
    let probe = Probe(try ProbeData(try LabelTable(folder.path("L.csv"))), ProbeSettings())
    #expect(probe.foldCount == 2 && probe.choosesNothing && !probe.choosesWithinGroup)
    let result = probe.run(Tensor([2, 1.9, -2, -1.9], [4, 1])) { _, _ in }
    #expect(probe.confusion(result.linear).accuracy == 1)
    #expect(Set(result.linear.choices) == [1])
    #expect(
      Folds.count(5, labels: [0, 0, 0, 0, 1, 1, 1], groups: ["a", "b", "a", "b", "a", "b", "c"])
        == 3)
    #expect(Folds.count(5, labels: [Int](repeating: 0, count: 9) + [1, 1]) == 5)
  }

  private func withThreads<R>(_ count: Int, _ body: () -> R) -> R {
    let before = Threads.count
    Threads.count = count
    defer { Threads.count = before }
    return body()
  }
}

@Suite struct LabelTableTests {
  private func read(_ text: String) throws -> LabelTable {
    let folder = try ScratchFolder()
    let path = folder.path("labels.csv")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try LabelTable(path)
  }

  @Test func readsWhatSpreadsheetsWrite() throws {
    let table = try read(
      "\u{FEFF}path,label,group\r\n\"a, b.mp4\",10,x\r\n./c.mp4,9,x\r\nd.mp4,9,\"y\"\"z\"\r\n\r\ne.mp4,10,y\r\ne.mp4,10,y\r\n"
    )
    #expect(table.classes == ["9", "10"])
    #expect(table.entries.map(\.path) == ["a, b.mp4", "c.mp4", "d.mp4", "e.mp4"])
    #expect(table.entries.map(\.label) == [1, 0, 0, 1])
    #expect(table.entries[2].group == "y\"z")
    #expect(table.entries.map(\.line) == [2, 3, 4, 6])
  }

  @Test(arguments: [
    ("", "is empty"), ("path,class\na,1\n", "path,label"), ("path,label\n", "no labels"),
    ("path,label\na,1\nb,1,2\n", "line 3"),
    ("path,label\na,1\na,2\n", "line 3: a is 2 here and 1 in line 2"),
    ("path,label\na,1\nb,1\nc,2\n", "line 4: 2 has 1 clip"),
    (
      "path,label\na,bend \nb,bend\n",
      "line 3: bend has 1 clip, 2 are needed at least; there is also \"bend \" (line 2)"
    ),
    (
      "path,label\na,x\nb,x\nc,X\n",
      "line 4: X has 1 clip, 2 are needed at least; there is also x (line 2)"
    ),
    ("path,label\na,1\nb,1\n", "all clips are 1"),
    ("path,label\na,\n", "no labels; fill some in"),
    ("path,label\na,1\n,1\n", "line 3: has no path"), ("path,label\n\"a,1\n", "line 2: a quote"),
    ("path,label,group\na,1,\n", "line 2: has no group"),
  ]) func whatCannotBeUsedIsNamed(_ text: String, _ reason: String) {
    do {
      _ = try read(text)
      Issue.record("read \(text)")
    } catch {
      #expect("\(error)".contains(reason), "\(error)")
      let status = (error as? EvaluationError)?.exitStatus ?? (error as? StorageError)?.exitStatus
      #expect(status == 65)
    }
  }

  @Test func pathsAndGroupsAreChecked() throws {
    let table = try read("path,label\na,1\nb,1\nc,2\nd,2\n")
    do {
      _ = try table.features(["a": [1], "b": [1], "d": [1]], source: "E.csv")
      Issue.record("found c")
    } catch { #expect("\(error)".contains("line 4: c is not in E.csv")) }
    let grouped = try read("path,label,group\na,1,x\nb,1,x\nc,2,x\nd,2,y\n")
    do {
      _ = try ProbeData(grouped)
      Issue.record("took a class of one group")
    } catch { #expect("\(error)".contains("line 2: all clips of 1 are of the group x")) }
  }
}
