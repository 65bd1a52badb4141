import TensorCore

/// Carries what a user marked through a video, frame by frame: features, propagation, and what the labels say.
///
/// Frames are given in the order in which they are to be walked, forward or backward. Memory is that of the
/// context, whatever the video's length.
package final class Tracker {
  package let grid: GridGeometry
  package let settings: TrackingSettings
  private let model: FeatureModel
  private var space: FeatureSpace?
  private var propagator: LabelPropagator?

  /// What the channels of the labels stand for, in order; objects and points that are marked later come last.
  private enum Channel: Equatable {
    case background
    case object(UInt8)
    case point(String)
  }
  private var channels: [Channel] = [.background]

  /// - Parameters: width, height: pixels of the user's frames.
  package init(model: FeatureModel, settings: TrackingSettings, width: Int, height: Int) {
    self.model = model
    self.settings = settings
    grid = GridGeometry(width: width, height: height, lines: settings.lines)
  }

  /// The next frame, `grid.modelWidth` × `grid.modelHeight` RGB. The first one must have marks; on later ones
  /// marks add and correct: an object in the mask is there and nowhere else, others stay where they are not
  /// covered.
  package func next(_ pixels: [UInt8], marks: Marks? = nil) -> TrackedFrame {
    if propagator == nil, settings.ownStatistics {
      model.takeStatistics(of: pixels, width: grid.modelWidth, height: grid.modelHeight)
    }
    let features = features(of: pixels)
    guard let propagator else {
      let background = Tensor(repeating: 1, [grid.rows, grid.columns, 1])
      let labels = marked(background, by: marks ?? Marks())
      propagator = LabelPropagator(
        settings: settings.propagation, features: features, labels: labels)
      return reading(labels, marks)
    }
    guard let marks else { return reading(propagator.next(features), nil) }
    return reading(propagator.next(features) { self.marked($0, by: marks) }, marks)
  }

  /// What cells of a frame would take their labels from, and the numbers of the frames that these lie in.
  package func explain(_ pixels: [UInt8]) -> (neighbours: Neighbours, frames: [Int])? {
    propagator?.explain(features(of: pixels))
  }

  private func features(of pixels: [UInt8]) -> Tensor {
    let maps = model.maps(
      of: pixels, width: grid.modelWidth, height: grid.modelHeight, layers: settings.layers)
    let space =
      space ?? FeatureSpace(first: maps, centring: settings.centring)
    self.space = space
    return space(maps)
  }

  // MARK: Marks

  /// `labels` with the marks put over them.
  private func marked(_ labels: Tensor, by marks: Marks) -> Tensor {
    let objects = marks.mask?.objects ?? []
    for object in objects where !channels.contains(.object(object)) {
      channels.append(.object(object))
    }
    for point in marks.points where !channels.contains(.point(point.id)) {
      channels.append(.point(point.id))
    }
    var result = labels.widened(to: channels.count)
    if let mask = marks.mask { put(mask, objects, on: &result) }
    for point in marks.points {
      guard let channel = channels.firstIndex(of: .point(point.id)) else { continue }
      let spread = PointLabels.spread(x: point.x, y: point.y, grid)
      let k = channels.count
      result.withMutableData { values in
        for cell in spread.indices { values[cell * k + channel] = spread[cell] }
      }
    }
    return result
  }

  private func put(_ mask: LabelMask, _ objects: [UInt8], on labels: inout Tensor) {
    let shares = GridLabels.shares(of: mask, objects: objects, grid, area: settings.areaLabels)
    let places = objects.compactMap { channels.firstIndex(of: .object($0)) }
    let others = channels.indices.filter {
      if case .object = channels[$0] { !places.contains($0) } else { false }
    }
    let k = channels.count
    labels.withMutableData { values in
      shares.withData { shares in
        for cell in 0..<grid.rows * grid.columns {
          let row = values + cell * k
          let new = shares + cell * places.count
          var covered: Float = 0
          for (index, place) in places.enumerated() {
            // What a marked object had elsewhere falls to the background.
            row[0] += row[place]
            row[place] = new[index]
            covered += new[index]
          }
          row[0] *= 1 - covered
          for place in others { row[place] *= 1 - covered }
        }
      }
    }
  }

  // MARK: Reading

  private func reading(_ labels: Tensor, _ marks: Marks?) -> TrackedFrame {
    var read: [(channel: Int, id: UInt8)] = []
    var points: [PointReading] = []
    for (index, channel) in channels.enumerated() {
      switch channel {
      case .background: read.append((index, 0))
      case .object(let id): read.append((index, id))
      case .point(let id):
        if let mark = marks?.points.last(where: { $0.id == id }) {
          points.append(PointReading(id: id, x: mark.x, y: mark.y, confidence: 1, isLost: false))
        } else {
          points.append(
            PointLabels.reading(
              labels, channel: index, id: id, grid, lostBelow: settings.pointLostBelow))
        }
      }
    }
    let found = MaskReading(labels, channels: read, grid, lostBelow: settings.lostBelow)
    guard let mask = marks?.mask else {
      return TrackedFrame(mask: found.mask, objects: found.objects, points: points)
    }
    // The user's own pixels stand as they are.
    let given = Set(mask.objects)
    var pixels = found.mask.pixels
    for at in pixels.indices {
      let value = mask.pixels[at]
      if given.contains(value) {
        pixels[at] = value
      } else if given.contains(pixels[at]) {
        pixels[at] = 0
      }
    }
    let merged = LabelMask(width: grid.width, height: grid.height, pixels: pixels)
    let objects = found.objects.map { object in
      var reading = ObjectReading(merged, object: object.id)
      if !given.contains(object.id) || reading.isLost { reading.confidence = object.confidence }
      return reading
    }
    return TrackedFrame(mask: merged, objects: objects, points: points)
  }
}
