import Foundation
import Synchronization
import TensorCore
import Testing

/// What runs on several threads must not show it. `Threads.count` is the process's, so these run one at a time;
/// the other suites' results do not depend on it.
@Suite(.serialized) struct ThreadTests {
  private func with<R>(threads: Int, _ body: () -> R) -> R {
    let before = Threads.count
    Threads.count = threads
    defer { Threads.count = before }
    return body()
  }

  private func normal(_ shape: Shape, _ stream: Int) -> Tensor {
    var random = CounterRandom(seed: 6, purpose: .test, step: stream)
    return Tensor((0..<shape.elements).map { _ in random.normal() }, shape)
  }

  @Test(arguments: [1, 2, 3, 8]) func everyBlockRunsOnce(_ threads: Int) {
    with(threads: threads) {
      for count in [0, 1, 2, 7, 1000] {
        let runs = (0..<count).map { _ in Counter() }
        parallelFor(count) { runs[$0].value.add(1, ordering: .relaxed) }
        #expect(runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        let covered = (0..<count).map { _ in Counter() }
        parallelRanges(count, block: 3) { range in
          #expect(range.count <= 3)
          for index in range { covered[index].value.add(1, ordering: .relaxed) }
        }
        #expect(covered.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
      }
    }
  }

  @Test(arguments: [1, 2, 8]) func aFailureIsThrownAndEndsTheRest(_ threads: Int) {
    struct Failed: Error, Equatable { var index: Int }
    with(threads: threads) {
      let begun = Counter()
      let error = #expect(throws: Failed.self) {
        try parallelTry(1000) { index throws(Failed) in
          begun.value.add(1, ordering: .relaxed)
          if index == 0 { throw Failed(index: index) }
        }
      }
      #expect(error == Failed(index: 0))
      if threads == 1 { #expect(begun.value.load(ordering: .relaxed) == 1) }
      let all = Counter()
      parallelTry(1000) { _ in all.value.add(1, ordering: .relaxed) }
      #expect(all.value.load(ordering: .relaxed) == 1000)
    }
  }

  @Test func sameBitsForAnyNumberOfThreads() {
    let (x, w) = (normal([5, 19, 23, 16], 0), normal([32, 3, 3, 16], 1))
    let (a, b) = (normal([517, 129], 2), normal([129, 67], 3))
    let results = [1, 2, 3].map { threads in
      with(threads: threads) { () -> [[Float]] in
        var all: [[Float]] = []
        for (stride, winograd) in [(1, true), (1, false), (2, true)] {
          let convolution = Convolution.$usesWinograd.withValue(winograd) {
            Convolution(
              input: x.shape, filter: w.shape, stride: stride, padding: 1, mode: .reflect)
          }
          let y = convolution.forward(x, w)
          let gradients = convolution.backward(.tensor(y), x, w, input: true, filter: true)
          all += [y.array] + [gradients.input, gradients.filter].compactMap { $0?.array }
        }
        var sum = a
        sum.add(a)
        all += [matmul(a, b).array, sum.array, [Float(a.sum), Float(a.sumOfSquares)]]
        return all
      }
    }
    #expect(results[0].count == 12)
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  /// Several threads bring jobs at once, with jobs inside jobs.
  @Test func jobsFromManyThreads() {
    with(threads: 3) {
      let total = Atomic<Int>(0)
      DispatchQueue.concurrentPerform(iterations: 6) { _ in
        for _ in 0..<200 {
          parallelFor(5) { outer in
            parallelFor(3) { inner in
              total.wrappingAdd(outer * inner, ordering: .relaxed)
            }
          }
        }
      }
      #expect(total.load(ordering: .relaxed) == 6 * 200 * 10 * 3)
    }
  }

  /// Short jobs one after another: a worker that wakes late must not run an old job or miss a new one.
  @Test func manyShortJobs() {
    with(threads: 3) {
      var wrong = 0
      var values = [Int](repeating: 0, count: 16)
      for round in 1...5000 {
        values.withUnsafeMutableBufferPointer { values in
          nonisolated(unsafe) let values = values
          parallelFor(16) { values[$0] = round }
        }
        if !values.allSatisfy({ $0 == round }) { wrong += 1 }
      }
      #expect(wrong == 0)
    }
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
