import TensorCore

/// Scores the masks of one video against the truth as they come, in the order of the frames.
///
/// Which frames are judged (DAVIS leaves out the first and the last) is the caller's choice. Masks are held
/// only until a few frames can be scored at once.
package final class SequenceScorer {
  package let objects: [UInt8]
  private var region: [[Double]]
  private var contour: [[Double]]
  private var waiting: [(found: LabelMask, truth: LabelMask)] = []
  private static let together = 8

  /// `objects` are those of the first frame's truth: others are not judged.
  package init(objects: [UInt8]) {
    self.objects = objects
    region = objects.map { _ in [] }
    contour = region
  }

  /// Adds a judged frame. Void is background in both. The masks' sizes must be the same.
  package func add(found: LabelMask, truth: LabelMask) {
    precondition(
      found.width == truth.width && found.height == truth.height,
      "a mask of \(found.width)x\(found.height) for a truth of \(truth.width)x\(truth.height)")
    waiting.append((found, truth))
    if waiting.count == Self.together { score() }
  }

  /// The scores of each object over the frames that were added.
  package func scores() -> [(object: UInt8, scores: MaskScores)] {
    score()
    return objects.indices.map { index in
      (objects[index], MaskScores(region: region[index], contour: contour[index]))
    }
  }

  private func score() {
    let count = waiting.count * objects.count
    guard count > 0 else { return waiting = [] }
    var values = [(Double, Double)](repeating: (0, 0), count: count)
    values.withUnsafeMutableBufferPointer { values in
      nonisolated(unsafe) let values = values
      parallelFor(count) { index in
        let (found, truth) = waiting[index / objects.count]
        let object = objects[index % objects.count]
        let (mine, theirs) = (
          BinaryMask(found, object: object), BinaryMask(truth, object: object)
        )
        values[index] = (mine.overlap(with: theirs), Boundary.measure(mine, truth: theirs))
      }
    }
    for (index, value) in values.enumerated() {
      region[index % objects.count].append(value.0)
      contour[index % objects.count].append(value.1)
    }
    waiting = []
  }
}
