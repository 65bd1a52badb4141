import Autodiff
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// How walks are taken over the nodes of a batch of clips.
struct WalkShape {
  let clips: Int
  let frames: Int
  /// Nodes a frame.
  let nodes: Int
  let temperature: Float
  /// Probability that an edge of a transition is dropped.
  var dropout: Float = 0
  /// The draws that drop the edges leaving frame `frame`: forwards in time to the next frame, or
  /// backwards from the next one. The two directions are separate streams.
  var random: ((_ clip: Int, _ frame: Int, _ backwards: Bool) -> CounterRandom)?

  /// How many steps away from the first frame the walks turn round.
  var lengths: Range<Int> { 2..<max(2, frames) }
}

/// What became of the walks of one length.
struct WalkOutcome {
  let length: Int
  /// The share of walkers whose most probable end is the node from which they left.
  let accuracy: Double
}

extension Tape {
  /// The loss of palindrome walks 1..k..1 over the frames of each clip (Jabri, Owens, Efros 2020, eq. 3-5).
  ///
  /// `embeddings` is [clips·frames·nodes, d] with rows of unit length. A walk of length k takes k steps
  /// forwards in time and k back; its loss is −log(probability of ending where it began + 1e-20), mean
  /// over nodes, clips and lengths 2..<frames. The gradient is found along with the loss, so that no
  /// transition matrix outlives the call.
  func palindromeWalks(_ embeddings: Variable, _ walk: WalkShape) -> (Variable, [WalkOutcome]) {
    let rows = walk.clips * walk.frames * walk.nodes
    precondition(
      embeddings.shape.rank == 2 && embeddings.shape[0] == rows && walk.frames > 2,
      "palindrome walks over \(walk.clips) clips × \(walk.frames) frames × \(walk.nodes) nodes of"
        + " \(embeddings.shape.text)")
    let clips = walk.clips
    let dimension = embeddings.shape[1]
    let lengths = walk.lengths.count
    let wantsGradient = isRecording && embeddings.needsGradient
    var gradient = wantsGradient ? Tensor.zeros(embeddings.shape) : nil
    var losses = [Double](repeating: 0, count: clips)
    var returned = [Int](repeating: 0, count: clips * lengths)

    func run(into gradient: UnsafeMutablePointer<Float>?) {
      let clipSize = walk.frames * walk.nodes * dimension
      embeddings.value.withData { q in
        losses.withUnsafeMutableBufferPointer { losses in
          returned.withUnsafeMutableBufferPointer { returned in
            nonisolated(unsafe) let losses = losses
            nonisolated(unsafe) let returned = returned
            parallelFor(clips) { clip in
              let walker = ClipWalks(walk, dimension: dimension, q + clip * clipSize, clip: clip)
              losses[clip] = walker.run(
                gradient: gradient.map { $0 + clip * clipSize }
              ) { length, count in
                returned[clip * lengths + length - 2] = count
              }
            }
          }
        }
      }
    }
    if gradient != nil {
      gradient?.withMutableData { run(into: $0) }
    } else {
      run(into: nil)
    }

    let loss = record(Tensor(scalar: Float(losses.reduce(0, +))), from: [embeddings]) { upstream in
      guard var part = gradient.take() else { return }
      part.scale(upstream.scalar)
      embeddings.accumulate(part)
    }
    let outcomes = walk.lengths.map { length in
      let hits = (0..<clips).reduce(0) { $0 + returned[$1 * lengths + length - 2] }
      return WalkOutcome(
        length: length, accuracy: Double(hits) / Double(max(1, clips * walk.nodes)))
    }
    return (loss, outcomes)
  }
}

/// The walks of one clip, on the calling thread.
///
/// With F_t and B_t the transitions between frames t and t+1, a walk of length k is L_k R_k with
/// L_k = F_0…F_{k−1} and R_k = B_{k−1}…B_0; both grow by one product a length.
private struct ClipWalks {
  let walk: WalkShape
  let dimension: Int
  let q: UnsafePointer<Float>
  let clip: Int

  init(_ walk: WalkShape, dimension: Int, _ q: UnsafePointer<Float>, clip: Int) {
    self.walk = walk
    self.dimension = dimension
    self.q = q
    self.clip = clip
  }

  private var nodes: Int { walk.nodes }
  private var steps: Int { walk.frames - 1 }
  private var square: Int { nodes * nodes }

  private func product(
    _ a: UnsafePointer<Float>, transposed ta: Bool = false, _ b: UnsafePointer<Float>,
    transposed tb: Bool = false, into c: UnsafeMutablePointer<Float>
  ) {
    gemm(
      nodes, nodes, nodes, a, lda: nodes, transposeA: ta, b, ldb: nodes, transposeB: tb, c,
      ldc: nodes)
  }

  /// Returns this clip's share of the loss, adds its gradient to `gradient` and reports how many walkers
  /// of each length came home.
  func run(
    gradient: UnsafeMutablePointer<Float>?, report: (_ length: Int, _ home: Int) -> Void
  ) -> Double {
    // F, B, L and R of every step; then P, the gradients of L and R at hand, and those of F and B.
    let extra = gradient == nil ? 1 : 5 + 2 * steps
    var scratch = Tensor.make([4 * steps + extra, nodes, nodes]) { _ in }
    return scratch.withMutableData { base in
      let forwards = base
      let backwards = base + steps * square
      let left = base + 2 * steps * square
      let right = base + 3 * steps * square
      let work = base + 4 * steps * square
      fillTransitions(forwards, backwards)
      left.update(from: forwards, count: square)
      right.update(from: backwards, count: square)
      for step in 1..<steps {
        product(
          left + (step - 1) * square, forwards + step * square, into: left + step * square)
        product(
          backwards + step * square, right + (step - 1) * square, into: right + step * square)
      }
      var loss = 0.0
      let share = 1 / Double(walk.clips * nodes * walk.lengths.count)
      for length in walk.lengths {
        let at = (length - 1) * square
        product(left + at, right + at, into: work)
        var home = 0
        for node in 0..<nodes {
          let row = work + node * nodes
          loss -= log(Double(row[node]) + 1e-20) * share
          if argmax(row) == node { home += 1 }
        }
        report(length, home)
      }
      if let gradient {
        backpropagate(
          forwards, backwards, left, right, work: work, share: share, into: gradient)
      }
      return loss
    }
  }

  private func argmax(_ row: UnsafePointer<Float>) -> Int {
    var best = 0
    for column in 1..<max(1, nodes) where row[column] > row[best] { best = column }
    return best
  }

  private func fillTransitions(
    _ forwards: UnsafeMutablePointer<Float>, _ backwards: UnsafeMutablePointer<Float>
  ) {
    for step in 0..<steps {
      let here = q + step * nodes * dimension
      let next = here + nodes * dimension
      for (from, to, out, isBackwards) in [
        (here, next, forwards + step * square, false),
        (next, here, backwards + step * square, true),
      ] {
        gemm(
          nodes, nodes, dimension, from, lda: dimension, to, ldb: dimension, transposeB: true, out,
          ldc: nodes)
        Transitions.fill(
          out, nodes: nodes, temperature: walk.temperature, dropout: walk.dropout,
          random: walk.random?(clip, step, isBackwards))
      }
    }
  }

  /// Only the diagonals of the L_k R_k enter the loss: with g the gradient of one diagonal,
  /// dL_k[i, j] = g[i] R_k[j, i] and dR_k[j, i] = g[i] L_k[i, j].
  private func backpropagate(
    _ forwards: UnsafePointer<Float>, _ backwards: UnsafePointer<Float>,
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    work: UnsafeMutablePointer<Float>, share: Double, into gradient: UnsafeMutablePointer<Float>
  ) {
    var dLeft = work + square
    var dRight = work + 2 * square
    var nextLeft = work + 3 * square
    var nextRight = work + 4 * square
    let dForwards = work + 5 * square
    let dBackwards = dForwards + steps * square
    dLeft.update(repeating: 0, count: 2 * square)
    for length in walk.lengths.reversed() {
      let at = (length - 1) * square
      addDiagonal(left + at, right + at, share, dLeft, dRight)
      product(left + at - square, transposed: true, dLeft, into: dForwards + at)
      product(dLeft, transposed: false, forwards + at, transposed: true, into: nextLeft)
      product(
        dRight, transposed: false, right + at - square, transposed: true, into: dBackwards + at)
      product(backwards + at, transposed: true, dRight, into: nextRight)
      swap(&dLeft, &nextLeft)
      swap(&dRight, &nextRight)
    }
    dForwards.update(from: dLeft, count: square)
    dBackwards.update(from: dRight, count: square)
    for step in 0..<steps {
      let at = step * square
      for (d, p) in [(dForwards, forwards), (dBackwards, backwards)] {
        Transitions.backpropagate(
          d + at, through: p + at, nodes: nodes, temperature: walk.temperature)
      }
      addAffinityGradient(step, dForwards + at, dBackwards + at, into: gradient)
    }
  }

  private func addDiagonal(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ share: Double,
    _ dLeft: UnsafeMutablePointer<Float>, _ dRight: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<nodes {
      var p = 0.0
      for j in 0..<nodes {
        p += Double(left[i &* nodes &+ j]) * Double(right[j &* nodes &+ i])
      }
      let g = Float(-share / (p + 1e-20))
      for j in 0..<nodes {
        dLeft[i &* nodes &+ j] += g * right[j &* nodes &+ i]
        dRight[j &* nodes &+ i] += g * left[i &* nodes &+ j]
      }
    }
  }

  /// From the affinities between frames `step` and `step + 1` to the embeddings of both.
  private func addAffinityGradient(
    _ step: Int, _ dForwards: UnsafePointer<Float>, _ dBackwards: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let frame = nodes * dimension
    let here = step * frame
    let next = here + frame
    func add(
      _ d: UnsafePointer<Float>, transposed: Bool, _ source: Int, _ target: Int
    ) {
      gemm(
        nodes, dimension, nodes, d, lda: nodes, transposeA: transposed, q + source, ldb: dimension,
        beta: 1, gradient + target, ldc: dimension)
    }
    add(dForwards, transposed: false, next, here)
    add(dForwards, transposed: true, here, next)
    add(dBackwards, transposed: false, here, next)
    add(dBackwards, transposed: true, next, here)
  }
}
