import Evaluation
import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

@Suite(.serialized) struct LabelPropagatorTests {
  /// `Goldens/make_propagation.py`: the whole affinity in PyTorch.
  @Test func agreesWithPyTorch() throws {
    let golden = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens/propagation.safetensors").path)
    let features = try golden.tensor("features")
    let labels = try golden.tensor("labels")
    let carried = try golden.tensor("carried")
    var settings = PropagationSettings()
    (settings.context, settings.radius, settings.topK) = (5, 3.5, 4)
    let frames = (0..<features.shape[0]).map { frame(features, $0) }
    let found = propagate(frames, labels, settings)
    for t in frames.indices {
      let wanted = frame(carried, t).array
      let error = zip(found[t].array, wanted).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error < 2e-5, "frame \(t)")
    }
  }

  /// Odd sizes, one, more channels than a block of the kernel, fewer cells than neighbours.
  @Test(arguments: [
    [1, 1, 3], [1, 6, 5], [5, 1, 130], [3, 2, 2], [7, 11, 259], [12, 30, 16],
  ]) func agreesWithThePlainSum(_ size: [Int]) {
    let (h, w, c) = (size[0], size[1], size[2])
    for (context, radius, topK) in [(3, 2.5, 10), (0, 12, 3), (2, 1, 1), (4, 40, 5)] {
      var settings = PropagationSettings()
      (settings.context, settings.radius, settings.topK) = (context, Double(radius), topK)
      let frames = (0..<6).map { normal([h, w, c], $0) }
      let labels = positive([h, w, 2], 99)
      let found = propagate(frames, labels, settings)
      let wanted = plain(frames, labels, settings)
      for t in frames.indices {
        let error = zip(found[t].array, wanted[t]).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(error < 5e-5, "\(h)x\(w)x\(c), context \(context), radius \(radius), frame \(t)")
      }
    }
  }

  @Test func threadsDoNotShow() {
    let before = Threads.count
    defer { Threads.count = before }
    let frames = (0..<5).map { normal([13, 17, 40], $0) }
    let labels = positive([13, 17, 3], 99)
    let results = [1, 2, 3].map { threads in
      Threads.count = threads
      return propagate(frames, labels, PropagationSettings()).map(\.array)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// A mark brings a new label; the frames after it take it from there, from anywhere in the picture.
  @Test func aMarkAddsAnObject() {
    let (h, w) = (6, 30)
    // The same picture turned by columns: every cell has its exact counterpart in every frame.
    let base = normal([h, w, 16], 0)
    func turned(_ x: Tensor, by shift: Int) -> Tensor {
      let (values, c) = (x.array, x.shape[2])
      return Tensor(
        (0..<h * w * c).map { i in
          let (y, column, channel) = (i / (w * c), i / c % w, i % c)
          return values[(y * w + (column + shift) % w) * c + channel]
        }, x.shape)
    }
    var settings = PropagationSettings()
    settings.temperature = 0.01
    settings.topK = 1
    let propagator = LabelPropagator(
      settings: settings, features: normal([h, w, 16], 7), labels: Tensor(repeating: 1, [h, w, 1]))
    let marked = Tensor(
      (0..<h * w * 2).map { $0 % 2 == ($0 / 2 % w < 3 ? 1 : 0) ? 1 : 0 }, [h, w, 2])
    let given = propagator.next(turned(base, by: 1)) { old in
      #expect(old.shape == [h, w, 1])
      return marked
    }
    #expect(given.array == marked.array)
    // 20 columns further: beyond the radius, so only the marked frame can tell.
    let next = propagator.next(turned(base, by: 21))
    #expect(next.array == turned(marked, by: 20).array)
  }

  // MARK: Reference

  private func propagate(
    _ frames: [Tensor], _ labels: Tensor, _ settings: PropagationSettings
  ) -> [Tensor] {
    let propagator = LabelPropagator(settings: settings, features: frames[0], labels: labels)
    return [labels] + frames.dropFirst().map { propagator.next($0) }
  }

  /// The protocol in double precision, every product formed, every context frame a list of its own.
  private func plain(
    _ frames: [Tensor], _ labels: Tensor, _ settings: PropagationSettings
  ) -> [[Double]] {
    let (h, w, c) = (frames[0].shape[0], frames[0].shape[1], frames[0].shape[2])
    let classes = labels.shape[2]
    let unit = frames.map { frame in
      let x = frame.array.map(Double.init)
      return (0..<h * w).map { cell in
        let row = Array(x[cell * c..<(cell + 1) * c])
        let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return row.map { $0 / length }
      }
    }
    var carried = [labels.array.map(Double.init)]
    for t in 1..<frames.count {
      let context = [0] + (0..<settings.context).map { max(0, t - settings.context + $0) }
      var result = [Double](repeating: 0, count: h * w * classes)
      for q in 0..<h * w {
        var found: [(score: Double, frame: Int, cell: Int)] = []
        for (place, source) in context.enumerated() {
          for key in 0..<h * w {
            let (dy, dx) = (Double(key / w - q / w), Double(key % w - q % w))
            if place > 0, (dy * dy + dx * dx).squareRoot() >= settings.radius { continue }
            let score = zip(unit[t][q], unit[source][key]).reduce(0) { $0 + $1.0 * $1.1 }
            found.append((score, source, key))
          }
        }
        found.sort { $0.score > $1.score }
        let best = found.prefix(settings.topK)
        let weights = best.map { exp(($0.score - best[0].score) / settings.temperature) }
        let total = weights.reduce(0, +)
        for (item, weight) in zip(best, weights) {
          for label in 0..<classes {
            result[q * classes + label] +=
              weight / total * carried[item.frame][item.cell * classes + label]
          }
        }
      }
      carried.append(result)
    }
    return carried
  }

  private func frame(_ video: Tensor, _ t: Int) -> Tensor {
    video.slice(t..<t + 1).reshaped(Shape(Array((1..<4).map { video.shape[$0] })))
  }

  private func normal(_ shape: Shape, _ stream: Int) -> Tensor {
    var random = CounterRandom(seed: 4, purpose: .test, step: stream)
    return Tensor((0..<shape.elements).map { _ in random.normal() }, shape)
  }

  private func positive(_ shape: Shape, _ stream: Int) -> Tensor {
    var random = CounterRandom(seed: 4, purpose: .test, step: stream)
    return Tensor((0..<shape.elements).map { _ in random.uniform() }, shape)
  }
}
