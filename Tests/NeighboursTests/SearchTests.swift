import Foundation
import Neighbours
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct SearchTests {
  @Test func findsWhatNumPyFinds() throws {
    let scratch = try ScratchFolder()
    let data = clusteredRows(150, 12, clusters: 5, noise: 0.6)
    try Npy.write(data, to: scratch.path("e.npy"))
    let vectors = Vectors(try NpyRows(scratch.path("e.npy")))
    // Neither the length of the query nor those of the rows matter.
    let query = try vectors.vector(7).map { $0 * 3 }
    let found = try CosineSearch(vectors).nearest(to: query, count: 10)
    #expect(found.map { Float($0.row) } == (try golden("search.rows").array))
    #expect(
      relativeError(
        found.map(\.score), try golden("search.scores").array.map(Double.init)) < 1e-6)
  }

  @Test(arguments: [(70_000, 64, 10), (3, 5, 10), (1, 1, 1), (5000, 1, 3), (40, 700, 40)])
  func agreesWithComparingAll(_ rows: Int, _ columns: Int, _ count: Int) throws {
    let data = formulaTensor("rows", [rows, columns])
    let values = data.array
    let query = formulaNumbers("query", columns).map { Float($0) }
    let found = try CosineSearch(Vectors(TensorRows(data))).nearest(to: query, count: count)
    let length = query.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let cosines = (0..<rows).map { row -> Double in
      var (dot, squares) = (0.0, 0.0)
      for column in 0..<columns {
        let value = Double(values[row * columns + column])
        dot += value * Double(query[column])
        squares += value * value
      }
      return dot / (squares.squareRoot() * length)
    }
    let wanted = cosines.indices.sorted { (-cosines[$0], $0) < (-cosines[$1], $1) }.prefix(count)
    #expect(found.count == wanted.count)
    for (match, row) in zip(found, wanted) {
      // Where rounding swaps two rows their cosines are the same within it.
      #expect(match.row == row || abs(cosines[match.row] - cosines[row]) < 2e-6)
      #expect(abs(Double(match.score) - cosines[match.row]) < 2e-6)
    }
  }

  @Test func equallyNearRowsComeInTheOrderOfTheFile() throws {
    let data = Tensor([Float](repeating: 0.5, count: 90_000 * 64), [90_000, 64])
    let found = try CosineSearch(Vectors(TensorRows(data))).nearest(
      to: [Float](repeating: 1, count: 64), count: 5)
    #expect(found.map(\.row) == [0, 1, 2, 3, 4])
  }

  @Test func someColumnsAloneAreCompared() throws {
    let data = clusteredRows(150, 12, clusters: 5, noise: 0.6)
    let part = Vectors(TensorRows(data), columns: 4..<9)
    let values = data.array
    let alone = Tensor((0..<150).flatMap { values[$0 * 12 + 4..<$0 * 12 + 9] }, [150, 5])
    let query = try part.vector(3)
    #expect(query.count == 5)
    #expect(
      try CosineSearch(part).nearest(to: query, count: 20)
        == CosineSearch(Vectors(TensorRows(alone))).nearest(to: query, count: 20))
  }

  @Test func rowsOfZerosNeverMatchAndBadOnesAreNamed() throws {
    let silent = Tensor([0, 0, -1, 0, 0, 0], [3, 2])
    #expect(
      try CosineSearch(Vectors(TensorRows(silent))).nearest(to: [1, 0], count: 3)
        == [Match(row: 1, score: -1)])
    let damaged = Tensor([1, 0, 1, .nan, .infinity, 0], [3, 2])
    let error = #expect(throws: StorageError.self) {
      try CosineSearch(Vectors(TensorRows(damaged))).nearest(to: [1, 0], count: 3)
    }
    #expect(error?.description.contains("row 1 ") == true)
    // Its squares overflow.
    let huge = Tensor([1, 0, 1, 1, 1e20, 0], [3, 2])
    let another = #expect(throws: StorageError.self) {
      try CosineSearch(Vectors(TensorRows(huge))).nearest(to: [1, 0], count: 3)
    }
    #expect(another?.description.contains("row 2 ") == true)
  }

  @Test func anythingButRowsIsRefused() throws {
    let scratch = try ScratchFolder()
    try Npy.write(Tensor([1, 2], [2]), to: scratch.path("e.npy"))
    let error = #expect(throws: StorageError.self) { _ = try NpyRows(scratch.path("e.npy")) }
    #expect(error?.exitStatus == 65 && error?.description.contains("e.npy") == true)
  }
}

@Suite struct PairTests {
  @Test(arguments: [1000, 7]) func findsTheDuplicatesThatNumPyFinds(_ limit: Int) throws {
    let data = clusteredRows(150, 12, clusters: 5, noise: 0.6)
    let found = try NearDuplicates(
      Vectors(TensorRows(data)), threshold: 0.93, limit: limit)
    let wanted = try golden("duplicates")
    #expect(found.count == wanted.shape[0] && found.count > 10)
    let rows = wanted.array
    #expect(found.pairs.count == min(limit, wanted.shape[0]))
    for (index, pair) in found.pairs.enumerated() {
      #expect(Float(pair.first) == rows[3 * index] && Float(pair.second) == rows[3 * index + 1])
      #expect(abs(pair.score - rows[3 * index + 2]) < 1e-5)
    }
    // Every pair lies within one group, and a group of n rows has at least n - 1 pairs.
    let all = try NearDuplicates(Vectors(TensorRows(data)), threshold: 0.93, limit: 1000).pairs
    for pair in all {
      #expect(found.groups.contains { $0.contains(pair.first) && $0.contains(pair.second) })
    }
    for group in found.groups {
      #expect(all.count { group.contains($0.first) } >= group.count - 1)
      #expect(group == group.sorted() && group.count > 1)
    }
  }

  /// At 1 as well, which the product of equal rows misses by rounding.
  @Test(arguments: [0.999, 1] as [Float]) func acrossBlocksAndWithinAFile(
    _ threshold: Float
  ) throws {
    // Row i and row i + 2500 are the same; more rows than a panel and than a block.
    let half = formulaTensor("half", [2500, 300])
    let data = Tensor(half.array + half.array, [5000, 300])
    let files = (0..<5000).map { Int32($0 % 2500 == 17 ? 9999 : $0) }
    let found = try NearDuplicates(
      Vectors(TensorRows(data)), threshold: threshold, limit: 10_000, files: files)
    #expect(found.count == 2499)
    #expect(found.groups.count == 2499 && found.groups.allSatisfy { $0[1] == $0[0] + 2500 })
    #expect(!found.pairs.contains { $0.first == 17 })
  }

  @Test(arguments: ["forth", "back"]) func retrievalIsThatOfNumPy(_ way: String) throws {
    var values = clusteredRows(150, 12, clusters: 5, noise: 0.6).array
    for row in stride(from: 0, to: 150, by: 11) {
      for column in 6..<12 { values[row * 12 + column] = 0 }
    }
    let source = TensorRows(Tensor(values, [150, 12]))
    let parts = [Vectors(source, columns: 0..<6), Vectors(source, columns: 6..<12)]
    let (from, to) = way == "forth" ? (parts[0], parts[1]) : (parts[1], parts[0])
    let found = try CrossRetrieval(
      from: from, to: to, files: (0..<150).map { Int32($0 / 3) }, at: [1, 5])
    let got = found.recall + found.chance + [found.medianRank, Double(found.queries)]
    let wanted = try golden("retrieval." + way).array
    for (got, wanted) in zip(got, wanted) { #expect(abs(got - Double(wanted)) < 1e-5) }
  }

  @Test(arguments: [1, 2]) func collapsedFeaturesFindNothing(_ rows: Int) throws {
    let same = TensorRows(Tensor((0..<80).map { [1, 2, 2, 4][$0 % 4] }, [20, 4]))
    let found = try CrossRetrieval(
      from: Vectors(same, columns: 0..<2), to: Vectors(same, columns: 2..<4),
      files: (0..<20).map { Int32($0 / rows) }, at: [1])
    #expect(found.recall == [0] && found.queries == 20)
    #expect(abs(found.chance[0] - 0.05 * Double(rows)) < 1e-12)
    #expect(found.medianRank == Double(20 / rows))
  }

  /// Where pictures and sounds have nothing to do with each other, also where the windows of a file are all but the same.
  @Test(arguments: [0.01, 1]) func unrelatedPartsFindWhatGuessingFinds(_ spread: Float) throws {
    let (sets, files, windows, width) = (60, 10, 6, 5)
    var random = CounterRandom(seed: 4, purpose: .test)
    var recall = [0.0, 0.0]
    for _ in 0..<sets {
      var values: [Float] = []
      for _ in 0..<files {
        let middle = (0..<2 * width).map { _ in random.normal() }
        for _ in 0..<windows { values += middle.map { $0 + spread * random.normal() } }
      }
      let source = TensorRows(Tensor(values, [files * windows, 2 * width]))
      let found = try CrossRetrieval(
        from: Vectors(source, columns: 0..<width), to: Vectors(source, columns: width..<2 * width),
        files: (0..<files * windows).map { Int32($0 / windows) }, at: [1, 5])
      #expect(found.chance == [0.1, 0.5])
      for place in 0..<2 { recall[place] += found.recall[place] / Double(sets) }
    }
    #expect(abs(recall[0] - 0.1) < 0.04 && abs(recall[1] - 0.5) < 0.06)
  }

  /// A clip without one of the parts is compared by the other, in both directions and among near duplicates.
  @Test func partsThatBothHaveAreCompared() throws {
    var random = CounterRandom(seed: 8, purpose: .test)
    func part(_ count: Int) -> [Float] {
      unit((0..<count).map { _ in random.normal() })
    }
    func unit(_ values: [Float]) -> [Float] {
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return values.map { $0 / max(length, 1e-20) }
    }
    let (video, other, sound) = (part(5), part(5), part(3))
    let none = [Float](repeating: 0, count: 3)
    let rows = [
      unit(video + sound), video + none, unit(other + sound), other + none,
      [Float](repeating: 0, count: 5) + sound,
    ]
    let vectors = Vectors(TensorRows(Tensor(rows.flatMap { $0 }, [5, 8])), split: 5)
    let angle = zip(video, other).reduce(0) { $0 + $1.0 * $1.1 }
    // By hand: the pictures of 0 and 1 are the same, the sound of 0, 2 and 4.
    let wanted: [[Float]] = [
      [1, 1, (1 + angle) / 2, angle, 1], [1, 1, angle, angle, 0],
      [(1 + angle) / 2, angle, 1, 1, 1],
    ]
    for (query, scores) in wanted.enumerated() {
      for match in try CosineSearch(vectors).nearest(to: rows[query], count: 5) {
        #expect(abs(match.score - scores[match.row]) < 1e-5, "\(query) and \(match.row)")
      }
    }
    let pairs = try NearDuplicates(vectors, threshold: 0.999, limit: 10).pairs
    #expect(Set(pairs.map { [$0.first, $0.second] }) == [[0, 1], [0, 4], [2, 3], [2, 4]])
    #expect(try NearDuplicates(Vectors(vectors.source), threshold: 0.999, limit: 9).pairs.isEmpty)
  }
}
