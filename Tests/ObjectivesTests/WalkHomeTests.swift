import Autodiff
import ClipData
import Storage
import TensorCore
import TestSupport
import Testing

@testable import Objectives

/// Walks that come home to another view of the frame they left.
@Suite struct WalkHomeTests {
  /// Loss, accuracies and gradient of Goldens/make_walk_home.py.
  @Test func agreesWithPyTorch() throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let golden = try SafetensorsFile("/\(folder)/Goldens/walk_home.safetensors")
    let maps = try golden.tensor("maps").array.map(Double.init)
    let (clips, frames, grid) = (2, 4, (rows: 3, columns: 4))
    let homes = (0..<clips).map { clip in
      let m = maps[4 * clip..<4 * clip + 4].map { ($0 * 1e4).rounded() / 1e4 }
      return HomeTargets(
        ViewMap(xScale: m[0], xShift: m[1], yScale: m[2], yShift: m[3]), grid: grid,
        layout: .dense(size: 32))
    }
    let tape = Tape()
    let leaf = tape.leaf(try golden.tensor("embeddings"))
    let (loss, outcomes) = tape.palindromeWalks(
      leaf,
      WalkShape(
        clips: clips, frames: frames, looks: frames + 1, nodes: 12, temperature: 0.1, homes: homes))
    tape.backward(from: loss)
    let wanted = Double(try golden.tensor("loss").scalar)
    #expect(isClose(Double(loss.value.scalar), wanted, absolute: 1e-6, relative: 1e-5))
    #expect(outcomes.map(\.length) == Array(0..<frames))
    for outcome in outcomes {
      let wanted = Double(try golden.tensor("accuracy.\(outcome.length)").scalar)
      #expect(isClose(outcome.accuracy, wanted, absolute: 1e-6, relative: 0))
    }
    let gradient = try golden.tensor("grad.embeddings").array.map(Double.init)
    #expect(relativeError(try #require(leaf.gradient).array, gradient) < 1e-4)
  }

  @Test func nodesOutsideTheViewHaveNoTarget() {
    let grid = (rows: 2, columns: 4)
    let layout = NodeLayout.dense(size: 32)
    // The right half of the frame, enlarged to the whole width.
    let half = HomeTargets(
      ViewMap(xScale: 2, xShift: -1, yScale: 1, yShift: 0), grid: grid, layout: layout)
    #expect(half.walkers == 4)
    #expect(Set(half.targets.map { $0.from % 4 }) == [2, 3])
    for from in [2, 3, 6, 7] {
      let shares = half.targets.filter { $0.from == from }.map(\.share)
      #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
    }
    #expect(
      HomeTargets(SyntheticFeatures.sameView, grid: grid, layout: layout).targets
        == HomeTargets(identity: 8).targets)
  }
}
