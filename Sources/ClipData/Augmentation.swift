import Foundation
import TensorCore

/// The random choices that turn the frames of one clip into images, and their drawing.
///
/// A clip shows a square of the frame's shorter side at a random place of the longer one, the same in all of
/// its frames; within it every frame has a random resized crop of its own, and every patch of the grid one within its cell (Jabri, Owens, Efros
/// 2020). Mirroring and colours are the clip's; the return view, another look at the first frame, has a
/// crop and colours of its own, as training goes on more and more in a square of its own and mirrored by itself.
package struct Augmentation: Sendable {
  /// The boxes of the images of every frame in pixels of the frame: one a frame, or one a patch. The return
  /// view, where there is one, comes last.
  package private(set) var boxes: [[Box]]
  package private(set) var mirrored = false
  package private(set) var returnMirrored = false
  package private(set) var colours = ColourMap.normalising
  package private(set) var returnColours = ColourMap.normalising
  /// From the first frame to the return view, where there is one.
  package private(set) var homecoming: ViewMap?

  /// Without chance: the middle square, the plain grid, the colours as they are. The return view shows an
  /// off-centre part, so that its places are not those of the first frame.
  package init(evaluating settings: ClipSettings, _ summary: SegmentSummary) {
    let square = Self.square(summary, at: 0.5)
    boxes = (0..<settings.frames).map { _ in Self.cells(settings.layout, of: square) }
    if settings.returnView {
      let part = square.part(x: 0.15, y: 0.05, width: 0.8, height: 0.8)
      boxes.append(Self.cells(settings.layout, of: part))
      homecoming = ViewMap(from: (square, false), to: (part, false))
    }
  }

  /// The choices of the clip that `key` names; `brightness` is the mean of the clip, 0...1.
  package init(
    _ settings: ClipSettings, _ summary: SegmentSummary, brightness: Float, key: ClipKey
  ) {
    var crop = key.random(.crop)
    let square = Self.square(summary, at: crop.uniform(0...1))
    var frames = (0..<settings.frames).map { _ in
      Self.randomCrop(of: square, scale: settings.cropScale, aspect: settings.cropAspect, &crop)
    }
    let shift = (settings.returnShift ?? 0) * settings.returnStraying(at: key.step)
    if settings.returnView {
      frames.append(
        Self.randomCrop(
          of: Self.square(summary, near: square, within: shift, &crop),
          scale: settings.returnScale(at: key.step)...1, aspect: settings.cropAspect, &crop)
      )
    }
    var jitter = key.random(.patchJitter)
    boxes = frames.map { frame in
      guard case .patches = settings.layout else { return [frame] }
      return Self.cells(settings.layout, of: frame).map { cell in
        Self.randomCrop(
          of: cell, scale: settings.patchScale, aspect: settings.patchAspect, &jitter)
      }
    }
    if settings.flip {
      var flip = key.random(.flip)
      mirrored = flip.integer(below: 2) == 1
      let alone =
        shift > 0 && flip.uniform(0...1) < settings.returnStraying(at: key.step) / 2
      returnMirrored = alone ? !mirrored : mirrored
    }
    if settings.returnView {
      homecoming = ViewMap(
        from: (frames[0], mirrored), to: (frames[settings.frames], returnMirrored))
    }
    var random = key.random(.colour)
    var (gain, contrast, saturation) = (1.0, 1.0, 1.0)
    func stray(_ reach: Double) {
      gain *= random.uniform(1 - reach...1 + reach)
      contrast *= random.uniform(1 - reach...1 + reach)
      saturation *= random.uniform(1 - reach...1 + reach)
    }
    func map() -> ColourMap {
      .jittered(
        brightness: Float(gain), contrast: Float(contrast), saturation: Float(saturation),
        mean: brightness)
    }
    if settings.colourJitter > 0 {
      stray(settings.colourJitter)
      colours = map()
    }
    returnColours = colours
    if settings.returnView, settings.returnJitter > 0 {
      stray(settings.returnJitter)
      returnColours = map()
    }
  }

  /// Draws the clip: `pixels` holds its frames one after the other; `out` takes
  /// [looks · boxes, size, size, 3], the return view last. A mirrored view's grid is mirrored with it.
  package func draw(
    _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, layout: NodeLayout, size: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    var target = out
    for (look, cells) in boxes.enumerated() {
      let isReturn = homecoming != nil && look == boxes.count - 1
      let source = pixels + (isReturn ? 0 : look) * width * height * 3
      let mirrored = isReturn ? returnMirrored : mirrored
      for index in cells.indices {
        let cell = mirrored ? Self.mirroredCell(index, layout) : index
        FrameResampler.resample(
          source, width: width, height: height, box: cells[cell],
          mirrored: mirrored, size: size, colours: isReturn ? returnColours : colours, target)
        target += size * size * 3
      }
    }
  }

  private static func mirroredCell(_ index: Int, _ layout: NodeLayout) -> Int {
    guard case .patches(let side, _) = layout else { return index }
    return index / side * side + side - 1 - index % side
  }

  /// The square of the shorter side; `place` 0...1 is where along the longer side it stands.
  private static func square(_ summary: SegmentSummary, at place: Double) -> Box {
    let side = Double(min(summary.width, summary.height))
    return Box(
      x: (Double(summary.width) - side) * place, y: (Double(summary.height) - side) * place,
      width: side, height: side)
  }

  /// A square as large, at a random place of the frame up to `reach` of its sides from the other along each axis.
  private static func square(
    _ summary: SegmentSummary, near other: Box, within reach: Double, _ random: inout CounterRandom
  ) -> Box {
    guard reach > 0 else { return other }
    func place(_ from: Double, _ length: Int) -> Double {
      let low = max(0, from - reach * other.width)
      let high = min(Double(length) - other.width, from + reach * other.width)
      return low < high ? random.uniform(low...high) : from
    }
    return Box(
      x: place(other.x, summary.width), y: place(other.y, summary.height), width: other.width,
      height: other.height)
  }

  /// The cells of the grid: half overlapping squares, row by row; the box itself for whole frames.
  private static func cells(_ layout: NodeLayout, of box: Box) -> [Box] {
    guard case .patches(let side, _) = layout else { return [box] }
    let step = 1 / Double(side + 1)
    return (0..<side * side).map { index in
      box.part(
        x: Double(index % side) * step, y: Double(index / side) * step, width: 2 * step,
        height: 2 * step)
    }
  }

  /// A part of `box` with a share of its area in `scale` and a stretch (width over height, log-uniform)
  /// in `aspect`; the middle with the largest share that fits after ten draws that did not fit.
  package static func randomCrop(
    of box: Box, scale: ClosedRange<Double>, aspect: ClosedRange<Double>,
    _ random: inout CounterRandom
  ) -> Box {
    for _ in 0..<10 {
      let area = random.uniform(scale)
      let ratio = exp(random.uniform(log(aspect.lowerBound)...log(aspect.upperBound)))
      let width = (area * ratio).squareRoot()
      let height = (area / ratio).squareRoot()
      let x = random.uniform(0...1)
      let y = random.uniform(0...1)
      guard width <= 1, height <= 1 else { continue }
      return box.part(x: x * (1 - width), y: y * (1 - height), width: width, height: height)
    }
    let side = min(1, scale.upperBound.squareRoot())
    return box.part(x: (1 - side) / 2, y: (1 - side) / 2, width: side, height: side)
  }
}

/// What the random draws of one clip depend on.
package struct ClipKey: Sendable {
  package var seed: UInt64
  package var epoch: Int
  package var step: Int
  /// The video's `VideoEntry.key` and the number of the view.
  package var video: UInt64
  package var view: Int

  package init(seed: UInt64, epoch: Int, step: Int, video: UInt64, view: Int) {
    self.seed = seed
    self.epoch = epoch
    self.step = step
    self.video = video
    self.view = view
  }

  package func random(_ purpose: RandomPurpose) -> CounterRandom {
    CounterRandom(
      seed: seed, purpose: purpose, epoch: epoch,
      video: Int(bitPattern: UInt(video)) ^ view, step: step)
  }
}

extension ColourMap {
  /// Brightness, then contrast about the mean grey, then saturation about each pixel's grey (the weights
  /// of ITU-R BT.601), all without clipping, then the normalisation. `mean`: 0...1.
  package static func jittered(
    brightness: Float, contrast: Float, saturation: Float, mean: Float
  ) -> ColourMap {
    let grey: [Float] = [0.299, 0.587, 0.114]
    let gain = brightness * contrast / 255
    let offset = (1 - contrast) * brightness * mean
    var map = ColourMap.normalising
    for row in 0..<3 {
      for column in 0..<3 {
        let mixed = (row == column ? saturation : 0) + (1 - saturation) * grey[column]
        map.matrix[3 * row + column] = mixed * gain / deviation[row]
      }
      map.bias[row] = (offset - Self.mean[row]) / deviation[row]
    }
    return map
  }
}
