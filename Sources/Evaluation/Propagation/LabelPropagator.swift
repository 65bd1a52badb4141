import TensorCore

/// Carries soft labels through a video by its features: each cell of a frame takes the labels of its best
/// neighbours in the marked frames (anywhere) and in the frames just before it (nearby), mixed by the
/// softmax of their similarity.
///
/// The full affinity is never formed: a window around each cell is scored by small products with a running
/// list of the best, and the memory is that of the context, whatever the video's length. The result does
/// not depend on the number of threads.
package final class LabelPropagator {
  package let settings: PropagationSettings
  package let height: Int
  package let width: Int
  package let channels: Int

  /// A frame that neighbours come from.
  struct Entry {
    /// The frame's place in the order in which frames were given, from 0.
    var frame: Int
    var labels: Tensor
  }
  /// The marked frames, looked at everywhere.
  private(set) var anchors: [(entry: Entry, features: AnchorFrame)] = []
  /// The newest frames, oldest first.
  private(set) var recent: [(entry: Entry, features: ContextFrame)] = []
  /// Frames given so far.
  package private(set) var frames = 0
  var cells: Int { height * width }
  let reaches: [Int]

  /// Begins at a marked frame: features [h, w, c] and labels [h, w, k].
  package init(settings: PropagationSettings, features: Tensor, labels: Tensor) {
    precondition(
      features.shape.rank == 3 && labels.shape.rank == 3 && features.shape[0] == labels.shape[0]
        && features.shape[1] == labels.shape[1],
      "features of \(features.shape.text) with labels of \(labels.shape.text)")
    self.settings = settings
    (height, width, channels) = (features.shape[0], features.shape[1], features.shape[2])
    reaches = Self.reaches(radius: settings.radius, height: height, width: width)
    mark(normalised(features), labels)
  }

  /// For each distance in rows, how many columns to either side lie within the radius.
  private static func reaches(radius: Double, height: Int, width: Int) -> [Int] {
    (0..<height).prefix { Double($0) < radius }.map { rows in
      let limit = radius * radius - Double(rows * rows)
      var columns = min(width - 1, Int(limit.squareRoot()))
      while columns > 0, Double(columns * columns) >= limit { columns -= 1 }
      return columns
    }
  }

  /// Labels [h, w, k] of the next frame, given its features [h, w, c]. With `marking`, what it makes of
  /// these labels stands for that frame instead, with as many labels or more, and the frame is looked at
  /// everywhere from there on.
  package func next(_ features: Tensor, marking: ((Tensor) -> Tensor)? = nil) -> Tensor {
    precondition(
      features.shape == [height, width, channels],
      "features of \(features.shape.text) in a video of "
        + "\(([height, width, channels] as Shape).text)")
    let features = normalised(features)
    let labels = mixed(neighbours(of: features))
    if let marking {
      let marked = marking(labels)
      mark(features, marked)
      return marked
    }
    remember(features, labels)
    return labels
  }

  /// What the labels of a frame with these features would be taken from, without taking it as the next.
  package func explain(_ features: Tensor) -> (neighbours: Neighbours, frames: [Int]) {
    (neighbours(of: normalised(features)), entries.map(\.frame))
  }

  // MARK: The context

  var entries: [Entry] { anchors.map(\.entry) + recent.map(\.entry) }

  private func mark(_ features: Tensor, _ labels: Tensor) {
    let classes = labels.shape[2]
    // A mark may bring new objects; older labels know nothing of them.
    for index in anchors.indices {
      anchors[index].entry.labels = anchors[index].entry.labels.widened(to: classes)
    }
    for index in recent.indices {
      recent[index].entry.labels = recent[index].entry.labels.widened(to: classes)
    }
    anchors.append(
      (Entry(frame: frames, labels: labels), AnchorFrame(features.reshaped([cells, channels]))))
    remember(features, labels)
  }

  private func remember(_ features: Tensor, _ labels: Tensor) {
    if settings.context > 0 {
      if recent.count == settings.context { recent.removeFirst() }
      let margin = reaches.max() ?? 0
      recent.append(
        (Entry(frame: frames, labels: labels), ContextFrame(features, margin: margin)))
    }
    frames += 1
  }

  /// How often the recent frame at `index` counts: frames before the first are copies of it.
  func copies(of index: Int) -> Int {
    index == 0 && recent[0].entry.frame == 0 ? settings.context - recent.count + 1 : 1
  }
}

extension Tensor {
  /// Labels [h, w, k] with zeros appended up to `classes`.
  func widened(to classes: Int) -> Tensor {
    let old = shape[2]
    guard old < classes else { return self }
    let cells = shape[0] * shape[1]
    return .make([shape[0], shape[1], classes]) { out in
      out.update(repeating: 0, count: cells * classes)
      withData { values in
        for cell in 0..<cells {
          (out + cell * classes).update(from: values + cell * old, count: old)
        }
      }
    }
  }
}
