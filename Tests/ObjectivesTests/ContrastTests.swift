import Autodiff
import Foundation
import NeuralNetworks
import Objectives
import Settings
import TensorCore
import TestSupport
import Testing

@Suite struct ContrastTests {
  /// InfoNCE and its gradients against float64, with a query that takes no part and masked candidates.
  @Test(arguments: [(1, 1, 0), (4, 4, 0), (5, 3, 7), (3, 3, 1)])
  func infoNCEMatchesItsReference(_ n: Int, _ m: Int, _ q: Int) {
    let d = 6
    let check = GradientCheck(seed: UInt64(n * 100 + q))
    let positives = (0..<n).map { $0 == 2 ? nil : $0 % m }
    func isNegative(_ query: Int, _ candidate: Int) -> Bool { (query + candidate) % 3 != 1 }
    let queue = check.normal([q, d], stream: 2, scale: 0.5)
    let queued = queue.array.map(Double.init)
    let failures = check.failures(
      [check.normal([n, d], scale: 0.5), check.normal([m, d], stream: 1, scale: 0.5)]
    ) { tape, inputs in
      let outcome = tape.infoNCE(
        inputs[0], keys: inputs[1], queue: queue,
        Contrast(positives: positives, temperature: 0.2, isNegative: isNegative))
      return outcome.loss ?? tape.constant(Tensor(scalar: .nan))
    } reference: { inputs in
      let candidates = inputs[1] + queued
      var total = 0.0
      var taking = 0.0
      for (query, positive) in positives.enumerated() {
        guard let positive else { continue }
        func score(_ candidate: Int) -> Double {
          (0..<d).reduce(0) { $0 + inputs[0][query * d + $1] * candidates[candidate * d + $1] }
            / 0.2
        }
        var sum = 0.0
        for candidate in 0..<m + q where candidate == positive || isNegative(query, candidate) {
          sum += exp(score(candidate))
        }
        total += log(sum) - score(positive)
        taking += 1
      }
      return [total / taking]
    }
    #expect(failures.isEmpty, "\(failures)")
  }

  @Test func queueKeepsTheNewest() {
    var queue = EmbeddingQueue(limit: 3, dimension: 2)
    #expect(queue.state.isEmpty)
    queue.append(Tensor([1, 2, 3, 4], [2, 2]), videos: [10, 11])
    queue.append(Tensor([0, 0, .nan, 8, 5, 6], [3, 2]), videos: [12, 13, 14])
    #expect(queue.videos == [11, 12, 14])
    #expect(queue.rows.array == [3, 4, 0, 0, 5, 6])
    queue.append(Tensor([7, 8], [1, 2]), videos: [15])
    #expect(queue.videos == [12, 14, 15])
    #expect(queue.rows.array == [0, 0, 5, 6, 7, 8])
    queue.append(.zeros([5, 2]), videos: [1, 2, 3, 4, 5])
    #expect(queue.videos == [3, 4, 5])
    var other = EmbeddingQueue(limit: 3, dimension: 2)
    other.state = queue.state
    #expect(other.videos == queue.videos && other.rows.array == queue.rows.array)
  }

  @Test func pairedScoresCountByHand() throws {
    var first = EmbeddingTable()
    var second = EmbeddingTable()
    // Videos 0, 1, 1: the last two are never set against each other, and one of them is drawn.
    first.append(Tensor([1, 0, 0, 1, 1, 1], [3, 2]), videos: [0, 1, 1])
    second.append(Tensor([1, 0, 0, 1, 0, 1], [3, 2]), videos: [0, 1, 1])
    let scores = PairedScores(first, second)
    // Rows: 1 > 0, 0 (2 right); 1 > 0 (1); 1 = 1 (½). Columns: 1 > 0, 1 = 1 (1½); 1 > 0 (1); 1 > 0 (1).
    let correspondence = try #require(scores.correspondence)
    #expect(correspondence.value == 7 / 8.0 && correspondence.count == 8)
    let retrieval = try #require(scores.retrieval)
    // Rows: 2 of 2, 1 of 1, a tie. Columns: 1 of 2, 1 of 1, 1 of 1.
    #expect(retrieval.value == 4.5 / 6 && retrieval.count == 6 && retrieval.chance == 0.5)
  }

  /// Of pictures and sounds that have nothing to do with each other the scores are those of guessing, also where the
  /// clips of a video are all but the same.
  @Test(arguments: [0.01, 1]) func scoresOfUnrelatedPairsAreThoseOfChance(_ spread: Double) throws {
    let (sets, count, clips, width) = (60, 5, 8, 6)
    var random = CounterRandom(seed: 3, purpose: .test)
    func table() -> EmbeddingTable {
      var table = EmbeddingTable()
      for video in 0..<count {
        let middle = (0..<width).map { _ in random.normal() }
        for _ in 0..<clips {
          let row = middle.map { $0 + Float(spread) * random.normal() }
          let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
          table.append(Tensor(row.map { $0 / length }, [1, width]), videos: [video])
        }
      }
      return table
    }
    var (retrieval, correspondence) = (0.0, 0.0)
    for _ in 0..<sets {
      let scores = PairedScores(table(), table())
      let found = try #require(scores.retrieval)
      #expect(found.chance == 0.2 && found.count == 2 * count * clips)
      retrieval += found.value / Double(sets)
      correspondence += try #require(scores.correspondence).value / Double(sets)
    }
    #expect(abs(retrieval - 0.2) < 0.05 && abs(correspondence - 0.5) < 0.05)
  }

  @Test func pairedScoresNeedTwoVideos() {
    var table = EmbeddingTable()
    #expect(PairedScores(table, table).retrieval == nil)
    table.append(.zeros([2, 3]), videos: [4, 4])
    #expect(PairedScores(table, table).correspondence == nil)
  }

  /// A recording of which a view is silent takes no part.
  @Test func silentRecordingsAreLeftOut() {
    func loss(_ videos: [Int], silent: Set<Int>) -> Double? {
      let objective = Sound(
        options: OptionValues(), dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
        teacher: ParameterStore(), seed: 2)
      let features = SyntheticFeatures(videos: videos, silent: silent)
      return objective.loss(features.context(Tape(recording: false, training: true))).loss
        .map { Double($0.value.scalar) }
    }
    #expect(loss([1, 2, 3], silent: [5]) == loss([1, 2], silent: []))
    #expect(loss([1], silent: [0]) == nil)
  }

  private func audioVisual(_ options: [String: OptionValue] = [:]) -> AudioVisual {
    var values = OptionValues()
    for (name, value) in options { values[name] = value }
    return AudioVisual(
      options: values, dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
      teacher: ParameterStore(), seed: 2)
  }

  /// A silent clip changes nothing for the others, and does not enter the queue.
  @Test func silentClipsAreMasked() throws {
    let objective = audioVisual()
    let features = SyntheticFeatures(videos: [1, 2, 3], views: 1, silent: [1])
    let tape = Tape()
    let leaves = features.inputs.map(tape.leaf)
    let result = objective.loss(features.context(tape, leaves, teacher: features.inputs))
    tape.backward(from: try #require(result.loss))
    for (leaf, width) in [(leaves[1], 20), (leaves[2], 14)] {
      let gradient = try #require(leaf.gradient).array
      #expect(gradient[width..<2 * width].allSatisfy { $0 == 0 })
      #expect(gradient[..<width].contains { $0 != 0 })
    }
    #expect(objective.state["queue.audio.videos"]?.array == [1, 3])
    #expect(objective.state["queue.image.videos"]?.array == [1, 3])
    #expect(result.metrics.first { $0.name == "silent" }?.value == 1)
  }

  /// Of one clip, or one video, batch normalisation in training leaves nothing that could be told apart.
  @Test func oneAloneIsNotLearntFrom() throws {
    let single = audioVisual()
    let clip = SyntheticFeatures(videos: [1], views: 1)
    #expect(single.loss(clip.context(Tape())).loss == nil && single.state.isEmpty)
    let video = SyntheticFeatures(videos: [1], views: 2)
    for objective in [
      Sound(
        options: OptionValues(), dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
        teacher: ParameterStore(), seed: 2),
      Temporal(
        options: OptionValues(), dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
        teacher: ParameterStore(), seed: 2),
    ] as [any Objective] {
      #expect(objective.loss(video.context(Tape())).loss == nil)
      #expect(objective.state.isEmpty)
    }
  }

  /// Two views of one video are negatives of each other only where that is asked for.
  @Test func outOfSyncViewsAreNegativesOnRequest() throws {
    let features = SyntheticFeatures(videos: [1], views: 2)
    let plain = try #require(audioVisual().loss(features.context(Tape())).loss)
    #expect(plain.value.scalar == 0)
    let objective = audioVisual(["av.out-of-sync": .flag(true)])
    #expect(objective.needs.views == 2)
    let strict = try #require(objective.loss(features.context(Tape())).loss)
    #expect(strict.value.scalar > 0)
  }
}
