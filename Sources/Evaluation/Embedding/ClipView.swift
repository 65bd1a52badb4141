import ClipData
import Media
import TensorCore

/// Another look at a clip that leaves what it shows as it is: a stretch of its time, a crop of its pictures, its sound
/// a little louder or softer, sooner or later. View 0 is the clip as it is.
struct ClipView: Sendable, Equatable {
  /// The stretch in shares of the clip's time.
  var time = 0.0...1.0
  /// The crop in shares of the picture's sides, brought back to the picture's size; nil for the whole picture.
  var crop: Box?
  var mirrored = false
  /// Seconds by which the sound is moved.
  var shift = 0.0
  /// The factor of the sound's amplitude.
  var gain: Float = 1

  /// Shares of the time, and of the picture's sides, that a view keeps.
  private static let stretch = 0.6...0.9
  private static let side = 0.8...0.95
  /// Factors of the sound's amplitude (6 dB either way), and seconds that it strays.
  private static let gains = 0.5...2.0
  private static let seconds = -0.1...0.1

  /// View `number` of the file at `path`: chance that follows from these two alone, so that a clip's views are the
  /// same in whatever folder or order. `mirror` mirrors half of them.
  init(_ number: Int, of path: String, mirror: Bool) {
    self.init()
    guard number > 0 else { return }
    let hash = StableHash.of(path)
    self = ClipView(mirror: mirror) { CounterRandom(seed: hash, purpose: $0, step: number) }
  }

  private init() {}

  /// A view by the streams of chance that `random` gives for each purpose.
  init(mirror: Bool, random: (RandomPurpose) -> CounterRandom) {
    var draw = random(.clipTime)
    let length = draw.uniform(Self.stretch)
    let start = draw.uniform(0...(1 - length))
    time = start...start + length
    draw = random(.crop)
    let side = draw.uniform(Self.side)
    crop = Box(
      x: draw.uniform(0...(1 - side)), y: draw.uniform(0...(1 - side)), width: side, height: side)
    draw = random(.flip)
    mirrored = mirror && draw.integer(below: 2) == 1
    draw = random(.audioJitter)
    shift = draw.uniform(Self.seconds)
    gain = Float(draw.uniform(Self.gains))
  }

  /// What is seen of a picture of that size.
  func box(width: Int, height: Int) -> Box {
    let whole = Box(x: 0, y: 0, width: Double(width), height: Double(height))
    return crop.map { whole.part(x: $0.x, y: $0.y, width: $0.width, height: $0.height) } ?? whole
  }

  /// The pictures of `range` as this view shows them, at the same size.
  func pictures(_ pictures: MomentReader.Pictures, _ range: Range<Int>) -> MomentReader.Pictures {
    let (width, height) = (pictures.width, pictures.height)
    let bytes = width * height * 3
    var result = MomentReader.Pictures()
    (result.width, result.height) = (width, height)
    result.times = Array(pictures.times[range])
    guard crop != nil || mirrored else {
      result.pixels = Array(pictures.pixels[range.lowerBound * bytes..<range.upperBound * bytes])
      return result
    }
    let box = box(width: width, height: height)
    result.pixels = [UInt8](unsafeUninitializedCapacity: range.count * bytes) { out, count in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: bytes) { values in
        pictures.pixels.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress, let base = values.baseAddress else { return }
          for (place, index) in range.enumerated() {
            FrameResampler.resample(
              source + index * bytes, width: width, height: height, box: box, mirrored: mirrored,
              columns: width, rows: height, colours: .plain, base)
            for byte in 0..<bytes {
              out[place &* bytes &+ byte] = UInt8(max(0, min(255, base[byte] + 0.5)))
            }
          }
        }
      }
      count = range.count * bytes
    }
    return result
  }
}
