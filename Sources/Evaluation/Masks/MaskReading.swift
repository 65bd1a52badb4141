import TensorCore

/// Where one object is in a frame, in pixels of the user's frame.
package struct ObjectReading: Sendable, Equatable {
  package var id: UInt8
  /// Pixels; 0 where it is lost.
  package var area = 0
  package var box = PixelBox(x: 0, y: 0, width: 0, height: 0)
  package var centroid = (x: 0.0, y: 0.0)
  /// The mean mass behind the label over its pixels; where it is lost, the most that any cell has.
  package var confidence = 0.0
  package var isLost: Bool { area == 0 }

  package static func == (a: Self, b: Self) -> Bool {
    a.id == b.id && a.area == b.area && a.box == b.box && a.centroid == b.centroid
      && a.confidence == b.confidence
  }
}

/// From soft labels on the grid back to a mask of the user's frame.
struct MaskReading {
  let mask: LabelMask
  let objects: [ObjectReading]

  /// Reads channels `channels` of labels [rows, columns, K], the first the background's: interpolated
  /// bilinearly to the full size, each pixel goes to the largest. An object to which no cell gives the mass
  /// `lostBelow` is lost: it gets no pixel rather than scattered ones.
  init(
    _ labels: Tensor, channels: [(channel: Int, id: UInt8)], _ grid: GridGeometry, lostBelow: Double
  ) {
    let k = labels.shape[2]
    let cells = grid.rows * grid.columns
    var peaks = [Float](repeating: 0, count: k)
    labels.withData { values in
      for cell in 0..<cells {
        for c in 0..<k { peaks[c] = max(peaks[c], values[cell &* k &+ c]) }
      }
    }
    let present = channels.dropFirst().filter { Double(peaks[$0.channel]) >= lostBelow }
    let read = [channels[0]] + present
    let sums = RowSums(rows: grid.height, objects: read.count)
    var pixels = [UInt8](repeating: 0, count: grid.width * grid.height)
    if read.count > 1 {
      Self.fill(&pixels, labels, read, grid, sums)
    }
    mask = LabelMask(width: grid.width, height: grid.height, pixels: pixels)
    objects = channels.dropFirst().map { channel, id in
      var reading = ObjectReading(id: id)
      if let place = read.firstIndex(where: { $0.channel == channel }) {
        sums.gather(place, into: &reading)
      }
      if reading.isLost { reading.confidence = Double(peaks[channel]) }
      return reading
    }
  }

  private static func fill(
    _ pixels: inout [UInt8], _ labels: Tensor, _ read: [(channel: Int, id: UInt8)],
    _ grid: GridGeometry, _ sums: RowSums
  ) {
    let k = labels.shape[2]
    let n = read.count
    let (across, down) = (grid.acrossPixels, grid.downPixels)
    let columns = grid.columns
    pixels.withUnsafeMutableBufferPointer { pixels in
      nonisolated(unsafe) let pixels = pixels
      labels.withData { values in
        parallelRanges(grid.height, block: 16) { block in
          var row = [Float](repeating: 0, count: columns * n)
          for y in block {
            let share = down.shares[y]
            let upper = values + down.lower[y] * columns * k
            let lower = values + down.upper[y] * columns * k
            for column in 0..<columns {
              for (place, item) in read.enumerated() {
                let at = column &* k &+ item.channel
                row[column &* n &+ place] = upper[at] + share * (lower[at] - upper[at])
              }
            }
            for x in 0..<grid.width {
              let (left, right) = (across.lower[x] &* n, across.upper[x] &* n)
              let s = across.shares[x]
              var best = row[left] + s * (row[right] - row[left])
              var winner = 0
              for place in 1..<n {
                let value = row[left &+ place] + s * (row[right &+ place] - row[left &+ place])
                if value > best { (best, winner) = (value, place) }
              }
              guard winner > 0 else { continue }
              pixels[y &* grid.width &+ x] = read[winner].id
              sums.add(row: y, winner, x: x, mass: best)
            }
          }
        }
      }
    }
  }
}

/// Sums over the pixels of each object, a row of the picture at a time, so that rows may be read in parallel
/// and added in order.
private final class RowSums: @unchecked Sendable {
  private struct Sum {
    var count = 0
    var x = 0
    var least = Int.max
    var most = -1
    var mass = 0.0
  }
  private let rows: Int
  private let objects: Int
  // Each row's entries are written by the one thread that reads the row.
  private let sums: UnsafeMutableBufferPointer<Sum>

  init(rows: Int, objects: Int) {
    (self.rows, self.objects) = (rows, objects)
    sums = .allocate(capacity: rows * objects)
    sums.initialize(repeating: Sum())
  }

  deinit { sums.deallocate() }

  func add(row: Int, _ place: Int, x: Int, mass: Float) {
    let at = row &* objects &+ place
    sums[at].count += 1
    sums[at].x += x
    sums[at].least = min(sums[at].least, x)
    sums[at].most = max(sums[at].most, x)
    sums[at].mass += Double(mass)
  }

  func gather(_ place: Int, into reading: inout ObjectReading) {
    var total = Sum()
    var (top, bottom, sumY) = (Int.max, -1, 0)
    for row in 0..<rows {
      let sum = sums[row * objects + place]
      guard sum.count > 0 else { continue }
      total.count += sum.count
      total.x += sum.x
      total.least = min(total.least, sum.least)
      total.most = max(total.most, sum.most)
      total.mass += sum.mass
      sumY += sum.count * row
      (top, bottom) = (min(top, row), row)
    }
    guard total.count > 0 else { return }
    let count = Double(total.count)
    reading.area = total.count
    reading.box = PixelBox(
      x: total.least, y: top, width: total.most - total.least + 1, height: bottom - top + 1)
    reading.centroid = (Double(total.x) / count, Double(sumY) / count)
    reading.confidence = total.mass / count
  }
}

extension ObjectReading {
  /// What a mask itself says of `object`: sure of every pixel.
  package init(_ mask: LabelMask, object: UInt8) {
    self.init(id: object)
    let sums = RowSums(rows: mask.height, objects: 1)
    for y in 0..<mask.height {
      for x in 0..<mask.width where mask.pixels[y * mask.width + x] == object {
        sums.add(row: y, 0, x: x, mass: 1)
      }
    }
    sums.gather(0, into: &self)
  }
}
