import Autodiff
import CKernels
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// How walks are taken over the nodes of a batch of clips.
struct WalkShape {
  let clips: Int
  /// Frames in time.
  let frames: Int
  /// Frames, and the return view where walks come home to one.
  let looks: Int
  /// Nodes a look.
  let nodes: Int
  let temperature: Float
  /// Probability that an edge of a transition is dropped.
  var dropout: Float = 0
  /// Where each clip's walkers ought to end in the return view; nil where they come home to the frame they
  /// left, to the node they left.
  var homes: [HomeTargets]?
  /// The draws that drop the edges leaving frame `frame`: forwards in time to the next frame, or
  /// backwards from the next one. The two directions are separate streams.
  var random: ((_ clip: Int, _ frame: Int, _ backwards: Bool) -> CounterRandom)?

  /// How many steps away from the first frame the walks turn round. Going out and straight home would be no
  /// task where home is the frame itself; with another view of it even the step from the one to the other is.
  var lengths: Range<Int> { homes == nil ? 2..<max(2, frames) : 0..<frames }
}

/// What became of the walks of one length.
struct WalkOutcome {
  let length: Int
  /// The share of walkers whose most probable end is the best of their targets.
  let accuracy: Double
  let walkers: Int
}

extension Tape {
  /// The loss of palindrome walks 1..k..1 over the frames of each clip (Jabri, Owens, Efros 2020, eq. 3-5).
  ///
  /// `embeddings` is [clips·looks·nodes, d] with rows of unit length. A walk of length k takes k steps
  /// forwards in time and k back, the last of them to the first frame or to its return view; its loss is the
  /// cross entropy of where it ends, −Σ share·log(probability + 1e-20) over its targets, mean over walkers,
  /// clips and lengths. The gradient is found along with the loss, so that no transition matrix outlives
  /// the call.
  func palindromeWalks(_ embeddings: Variable, _ walk: WalkShape) -> (Variable, [WalkOutcome]) {
    let rows = walk.clips * walk.looks * walk.nodes
    precondition(
      embeddings.shape.rank == 2 && embeddings.shape[0] == rows && !walk.lengths.isEmpty
        && walk.looks >= walk.frames + (walk.homes == nil ? 0 : 1),
      "palindrome walks over \(walk.clips) clips × \(walk.looks) looks × \(walk.nodes) nodes of"
        + " \(embeddings.shape.text)")
    let clips = walk.clips
    let dimension = embeddings.shape[1]
    let (first, lengths) = (walk.lengths.lowerBound, walk.lengths.count)
    let wantsGradient = isRecording && embeddings.needsGradient
    var gradient = wantsGradient ? Tensor.zeros(embeddings.shape) : nil
    var losses = [Double](repeating: 0, count: clips)
    var returned = [Int](repeating: 0, count: clips * lengths)
    let homes = walk.homes ?? [HomeTargets(identity: walk.nodes)]

    func run(into gradient: UnsafeMutablePointer<Float>?) {
      let clipSize = walk.looks * walk.nodes * dimension
      embeddings.value.withData { q in
        losses.withUnsafeMutableBufferPointer { losses in
          returned.withUnsafeMutableBufferPointer { returned in
            nonisolated(unsafe) let losses = losses
            nonisolated(unsafe) let returned = returned
            parallelFor(clips) { clip in
              let walker = ClipWalks(
                walk, homes[homes.count == 1 ? 0 : clip], dimension: dimension, q + clip * clipSize,
                clip: clip)
              losses[clip] = walker.run(
                gradient: gradient.map { $0 + clip * clipSize }
              ) { length, count in
                returned[clip * lengths + length - first] = count
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
    let walkers = homes.count == 1 ? clips * homes[0].walkers : homes.reduce(0) { $0 + $1.walkers }
    let outcomes = walk.lengths.map { length in
      let hits = (0..<clips).reduce(0) { $0 + returned[$1 * lengths + length - first] }
      return WalkOutcome(
        length: length, accuracy: Double(hits) / Double(max(1, walkers)), walkers: walkers)
    }
    return (loss, outcomes)
  }
}

/// The walks of one clip, on the calling thread.
///
/// With F_t the transitions from frame t to t+1 and B_t those back, B_0 those to where walks come home, a walk
/// of length k is L_k R_k with L_k = F_0…F_{k−1} and R_k = B_{k−1}…B_0; both grow by one product a length. R is
/// kept transposed, so that what a target needs of both are rows. The walk of length 0 is the transitions from
/// the first frame to the return view, of which no edge is dropped.
private struct ClipWalks {
  let walk: WalkShape
  let home: HomeTargets
  let dimension: Int
  let q: UnsafePointer<Float>
  let clip: Int

  init(
    _ walk: WalkShape, _ home: HomeTargets, dimension: Int, _ q: UnsafePointer<Float>, clip: Int
  ) {
    self.walk = walk
    self.home = home
    self.dimension = dimension
    self.q = q
    self.clip = clip
  }

  private var nodes: Int { walk.nodes }
  private var steps: Int { walk.frames - 1 }
  private var square: Int { nodes * nodes }
  /// The look that walks end in.
  private var homeLook: Int { walk.homes == nil ? 0 : walk.frames }
  private var share: Double {
    1 / Double(walk.clips * walk.lengths.count * max(1, home.walkers))
  }

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
    // F, B, L and Rᵀ of every step and one matrix for the ends; with a gradient those of L and Rᵀ, twice, and
    // those of F and B.
    let extra = gradient == nil ? 1 : 5 + 2 * steps
    var scratch = Tensor.make([4 * steps + extra, nodes, nodes]) { _ in }
    return scratch.withMutableData { base in
      let forwards = base
      let backwards = base + steps * square
      let left = base + 2 * steps * square
      let right = base + 3 * steps * square
      let work = base + 4 * steps * square
      var loss = 0.0
      if walk.lengths.contains(0) {
        affinities(0, homeLook, into: work)
        Transitions.fill(
          work, nodes: nodes, temperature: walk.temperature, dropout: 0, random: nil)
        loss += score(work, length: 0, report)
        if let gradient { backpropagateStill(work, into: gradient) }
      }
      guard steps > 0 else { return loss }
      fillTransitions(forwards, backwards)
      left.update(from: forwards, count: square)
      transpose(backwards, nodes, nodes, into: right)
      for step in 1..<max(1, steps) {
        product(
          left + (step - 1) * square, forwards + step * square, into: left + step * square)
        product(
          right + (step - 1) * square, transposed: false, backwards + step * square,
          transposed: true, into: right + step * square)
      }
      for length in walk.lengths where length > 0 {
        let at = (length - 1) * square
        product(left + at, transposed: false, right + at, transposed: true, into: work)
        loss += score(work, length: length, report)
      }
      if let gradient {
        backpropagate(forwards, backwards, left, right, work: work, into: gradient)
      }
      return loss
    }
  }

  /// The loss of walkers that end with the probabilities `ends`.
  private func score(
    _ ends: UnsafePointer<Float>, length: Int, _ report: (_ length: Int, _ home: Int) -> Void
  ) -> Double {
    var loss = 0.0
    var hits = 0
    var next = 0
    let targets = home.targets
    while next < targets.count {
      let from = targets[next].from
      let row = ends + from * nodes
      var best = targets[next]
      while next < targets.count, targets[next].from == from {
        let target = targets[next]
        loss -= log(Double(row[target.to]) + 1e-20) * Double(target.share) * share
        if target.share > best.share { best = target }
        next += 1
      }
      if argmax(row) == best.to { hits += 1 }
    }
    report(length, hits)
    return loss
  }

  private func argmax(_ row: UnsafePointer<Float>) -> Int {
    var best = 0
    for column in 1..<max(1, nodes) where row[column] > row[best] { best = column }
    return best
  }

  private func affinities(_ from: Int, _ to: Int, into out: UnsafeMutablePointer<Float>) {
    let look = nodes * dimension
    gemm(
      nodes, nodes, dimension, q + from * look, lda: dimension, q + to * look, ldb: dimension,
      transposeB: true, out, ldc: nodes)
  }

  private func fillTransitions(
    _ forwards: UnsafeMutablePointer<Float>, _ backwards: UnsafeMutablePointer<Float>
  ) {
    for step in 0..<steps {
      let (out, back) = (forwards + step * square, backwards + step * square)
      affinities(step, step + 1, into: out)
      if goesBack(step) {
        transpose(out, nodes, nodes, into: back)
      } else {
        affinities(step + 1, homeLook, into: back)
      }
      for (matrix, isBackwards) in [(out, false), (back, true)] {
        Transitions.fill(
          matrix, nodes: nodes, temperature: walk.temperature, dropout: walk.dropout,
          random: walk.random?(clip, step, isBackwards))
      }
    }
  }

  /// Whether the step back ends in the frame from which the step forwards left.
  private func goesBack(_ step: Int) -> Bool { step > 0 || homeLook == 0 }

  /// The gradient of the walk of length 0, whose transitions are `ends`.
  private func backpropagateStill(
    _ ends: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    var d = Tensor.zeros([nodes, nodes])
    d.withMutableData { d in
      for target in home.targets {
        let place = target.from * nodes + target.to
        d[place] = Float(-share * Double(target.share) / (Double(ends[place]) + 1e-20))
      }
      Transitions.backpropagate(d, through: ends, nodes: nodes, temperature: walk.temperature)
      addAffinityGradient(d, from: 0, to: homeLook, into: gradient)
    }
  }

  private func backpropagate(
    _ forwards: UnsafePointer<Float>, _ backwards: UnsafePointer<Float>,
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    work: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    var dLeft = work + square
    var dRight = work + 2 * square
    var nextLeft = work + 3 * square
    var nextRight = work + 4 * square
    let dForwards = work + 5 * square
    let dBackwards = dForwards + steps * square
    dLeft.update(repeating: 0, count: 2 * square)
    for length in stride(from: steps, through: 1, by: -1) {
      let at = (length - 1) * square
      if walk.lengths.contains(length) { addTargets(left + at, right + at, dLeft, dRight) }
      guard length > 1 else { break }
      product(left + at - square, transposed: true, dLeft, into: dForwards + at)
      product(dLeft, transposed: false, forwards + at, transposed: true, into: nextLeft)
      product(dRight, transposed: true, right + at - square, into: dBackwards + at)
      product(dRight, transposed: false, backwards + at, into: nextRight)
      swap(&dLeft, &nextLeft)
      swap(&dRight, &nextRight)
    }
    dForwards.update(from: dLeft, count: square)
    transpose(dRight, nodes, nodes, into: dBackwards)
    for step in 0..<steps {
      let at = step * square
      for (d, p) in [(dForwards, forwards), (dBackwards, backwards)] {
        Transitions.backpropagate(
          d + at, through: p + at, nodes: nodes, temperature: walk.temperature)
      }
      if goesBack(step) {
        // Both directions come from the same affinities.
        transpose(dBackwards + at, nodes, nodes, into: work)
        pk_axpy(square, 1, work, dForwards + at)
      } else {
        addAffinityGradient(dBackwards + at, from: step + 1, to: homeLook, into: gradient)
      }
      addAffinityGradient(dForwards + at, from: step, to: step + 1, into: gradient)
    }
  }

  /// Only the targets enter the loss: with g the gradient of the end of walker i in node j,
  /// dL[i] = g Rᵀ[j] and dRᵀ[j] = g L[i].
  private func addTargets(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    _ dLeft: UnsafeMutablePointer<Float>, _ dRight: UnsafeMutablePointer<Float>
  ) {
    for target in home.targets {
      let (i, j) = (target.from * nodes, target.to * nodes)
      let p = pk_dot(nodes, left + i, right + j)
      let g = Float(-share * Double(target.share) / (p + 1e-20))
      pk_axpy(nodes, g, right + j, dLeft + i)
      pk_axpy(nodes, g, left + i, dRight + j)
    }
  }

  /// From the affinities between two looks to the embeddings of both.
  private func addAffinityGradient(
    _ d: UnsafePointer<Float>, from: Int, to: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    let look = nodes * dimension
    for (source, target, transposed) in [(to, from, false), (from, to, true)] {
      gemm(
        nodes, dimension, nodes, d, lda: nodes, transposeA: transposed, q + source * look,
        ldb: dimension, beta: 1, gradient + target * look, ldc: dimension)
    }
  }
}
