import SelfTraining
import TensorCore

/// Clips whose features lie in a cloud a class, in two views; what is the class of a clip is its number modulo `classes`.
struct SyntheticViews {
  var classes = 4
  var clips = 160
  var dimensions = 16
  /// The deviation of a clip from the centre of its class, in distances of the centre from the middle, over all
  /// dimensions together.
  var spread = 1.6
  /// Columns at the left that are pictures; the others are sound.
  var videoDimensions = 16
  var seed: UInt64 = 0

  var labels: [Int] { (0..<clips).map { $0 % classes } }

  /// The first clips of each class.
  func labelled(_ perClass: Int) -> [LabelledClip] {
    (0..<perClass * classes).map { LabelledClip(row: $0, label: $0 % classes) }
  }

  /// All others, as a test list.
  func rest(_ perClass: Int) -> [LabelledClip] {
    (perClass * classes..<clips).map { LabelledClip(row: $0, label: $0 % classes) }
  }

  func views() -> ViewSet {
    let centres = (0..<classes).map { unit(normal(dimensions, 0, $0)) }
    let deviation = Float(spread / Double(dimensions).squareRoot())
    let rows = (0..<clips).map { clip in
      let noise = normal(dimensions, 1, clip)
      return zip(centres[clip % classes], noise).map { $0 + deviation * $1 }
    }
    let views = (0..<2).map { view in
      rows.enumerated().map { clip, row in
        zip(row, normal(dimensions, 2 + view, clip)).map { $0 + 0.1 * deviation * $1 }
      }
    }
    func part(_ range: Range<Int>) -> [Tensor] {
      views.map { rows in
        Tensor(rows.flatMap { range.isEmpty ? [] : unit(Array($0[range])) }, [clips, range.count])
      }
    }
    return ViewSet(
      paths: (0..<clips).map { "clip-\($0).mp4" }, video: part(0..<videoDimensions),
      audio: part(videoDimensions..<dimensions),
      hasVideo: (0..<clips).map { _ in videoDimensions > 0 },
      hasAudio: (0..<clips).map { _ in videoDimensions < dimensions })
  }

  private func normal(_ count: Int, _ use: Int, _ index: Int) -> [Float] {
    var random = CounterRandom(seed: seed, purpose: .test, video: use, step: index)
    return (0..<count).map { _ in random.normal() }
  }

  private func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / max(length, 1e-12) }
  }
}
