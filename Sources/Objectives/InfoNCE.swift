import Autodiff
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// Which candidates each query is told apart from.
///
/// Candidates are the keys of the batch, in order, and then the rows of the queue.
package struct Contrast {
  /// The candidate that belongs to each query; nil for a query that takes no part.
  package let positives: [Int?]
  package let temperature: Float
  /// Whether a candidate other than the positive may stand against the query.
  package let isNegative: (_ query: Int, _ candidate: Int) -> Bool

  package init(
    positives: [Int?], temperature: Float,
    isNegative: @escaping (_ query: Int, _ candidate: Int) -> Bool
  ) {
    self.positives = positives
    self.temperature = temperature
    self.isNegative = isNegative
  }
}

/// What a contrast gave besides its loss.
package struct ContrastOutcome {
  /// nil where no query took part.
  package let loss: Variable?
  /// The share of queries nearer to their positive than to every negative; 0 where none took part.
  package let accuracy: Double
  /// What guessing scores: the mean of 1 / (negatives + 1).
  package let chance: Double
}

extension Tape {
  /// InfoNCE (van den Oord, Li, Vinyals 2018): cross entropy of picking each query's positive among it
  /// and its negatives by similarity / temperature, mean over the queries that take part.
  ///
  /// `queries` is [n, d], `keys` [m, d] and `queue` [q, d], all of rows of unit length; gradients flow
  /// into queries and keys. The gradient is found along with the loss.
  package func infoNCE(
    _ queries: Variable, keys: Variable, queue: Tensor, _ contrast: Contrast
  ) -> ContrastOutcome {
    let n = queries.shape[0]
    let d = queries.shape[1]
    precondition(
      keys.shape.rank == 2 && keys.shape[1] == d && queue.shape.rank == 2 && queue.shape[1] == d
        && contrast.positives.count == n,
      "InfoNCE of \(queries.shape.text) against \(keys.shape.text) and \(queue.shape.text)")
    let taking = contrast.positives.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
    guard taking > 0 else { return ContrastOutcome(loss: nil, accuracy: 0, chance: 0) }

    let m = keys.shape[0]
    let candidates = Tensor.make([m + queue.shape[0], d]) { out in
      keys.value.withData { out.update(from: $0, count: m * d) }
      queue.withData { (out + m * d).update(from: $0, count: queue.count) }
    }
    // The similarities, which the rows below turn into the gradient of the loss by them.
    var scores = TensorCore.matmul(queries.value, transposed: false, candidates, transposed: true)
    let tally = scores.withMutableData { contrast.run($0, candidates: m + queue.shape[0]) }

    let loss = record(
      Tensor(scalar: Float(tally.loss / Double(taking))), from: [queries, keys]
    ) { upstream in
      var scores = scores
      scores.scale(upstream.scalar / (contrast.temperature * Float(taking)))
      if queries.needsGradient { queries.accumulate(TensorCore.matmul(scores, candidates)) }
      if keys.needsGradient {
        let all = TensorCore.matmul(scores, transposed: true, queries.value)
        keys.accumulate(all.slice(0..<m))
      }
    }
    return ContrastOutcome(
      loss: loss, accuracy: tally.hits / Double(taking), chance: tally.chance / Double(taking))
  }
}

extension Contrast {
  /// Sums of the loss, the hits and the chances over the queries; turns every row of similarities into
  /// softmax minus one-hot, zero where the candidate does not count.
  fileprivate func run(
    _ scores: UnsafeMutablePointer<Float>, candidates: Int
  ) -> (loss: Double, hits: Double, chance: Double) {
    var sums = (loss: 0.0, hits: 0.0, chance: 0.0)
    var weights = [Double](repeating: 0, count: candidates)
    for (query, positive) in positives.enumerated() {
      let row = scores + query * candidates
      guard let positive else {
        row.update(repeating: 0, count: candidates)
        continue
      }
      let own = Double(row[positive])
      var total = 0.0
      var counted = 0
      var best = -Double.infinity
      var top = own
      for candidate in 0..<candidates {
        weights[candidate] = -.infinity
        guard candidate == positive || isNegative(query, candidate) else { continue }
        let score = Double(row[candidate])
        weights[candidate] = score
        counted += 1
        top = max(top, score)
        if candidate != positive { best = max(best, score) }
      }
      for candidate in 0..<candidates {
        weights[candidate] = exp((weights[candidate] - top) / Double(temperature))
        total += weights[candidate]
      }
      for candidate in 0..<candidates { row[candidate] = Float(weights[candidate] / total) }
      row[positive] -= 1
      sums.loss += log(total) - (own - top) / Double(temperature)
      if own > best { sums.hits += 1 }
      sums.chance += 1 / Double(counted)
    }
    return sums
  }
}
