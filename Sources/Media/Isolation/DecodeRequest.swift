import ClipData

/// What a decoder process can be asked. Files are opened by the requests that have a path; between `openMoments`
/// or `openFrames` and `close` the process keeps the file open.
enum DecodeRequest: Hashable {
  /// The first request of every process.
  case configure(MediaLimits, memory: Int, processorSeconds: Int)
  case probe(String)
  case segment(String, SegmentRequest)
  /// `count` samples at `rate` from second `start` on.
  case sound(String, start: Double, count: Int, rate: Int)
  case openMoments(String)
  case pictures(at: [Double], shortSide: Int, multiple: Int)
  case momentSound(start: Double, count: Int, rate: Int)
  case openFrames(String)
  case nextFrame
  /// The picture of the last frame; nil for its own width and height.
  case pixels(width: Int?, height: Int?)
  case seek(before: Double)
  /// The picture in the bytes of the file at the path.
  case picture(String, [UInt8], StillPicture.Form)
  case close

  var path: String? {
    switch self {
    case .probe(let path), .segment(let path, _), .sound(let path, _, _, _), .openMoments(let path),
      .openFrames(let path), .picture(let path, _, _):
      path
    default: nil
    }
  }

  /// The word by which fault injection knows it.
  var name: String {
    switch self {
    case .configure: "configure"
    case .probe: "probe"
    case .segment: "segment"
    case .sound: "sound"
    case .openMoments: "moments"
    case .pictures: "pictures"
    case .momentSound: "moment-sound"
    case .openFrames: "frames"
    case .nextFrame: "next"
    case .pixels: "pixels"
    case .seek: "seek"
    case .picture: "picture"
    case .close: "close"
    }
  }
}

extension DecodeRequest {
  /// The request as bytes: a number for its kind, and its fields.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .configure(let limits, let memory, let processorSeconds):
      writer.put(UInt8(0))
      writer.put(limits)
      writer.put(Int64(memory))
      writer.put(Int64(processorSeconds))
    case .probe(let path):
      writer.put(UInt8(1))
      writer.put(path)
    case .segment(let path, let request):
      writer.put(UInt8(2))
      writer.put(path)
      for value in [request.start, request.duration, request.rate] { writer.put(value) }
      for value in [request.shortSide, request.audioRate] { writer.put(Int64(value)) }
    case .sound(let path, let start, let count, let rate):
      writer.put(UInt8(3))
      writer.put(path)
      writer.put(start, count, rate)
    case .openMoments(let path):
      writer.put(UInt8(4))
      writer.put(path)
    case .pictures(let times, let shortSide, let multiple):
      writer.put(UInt8(5))
      writer.put(UInt32(times.count))
      for time in times { writer.put(time) }
      for value in [shortSide, multiple] { writer.put(Int64(value)) }
    case .momentSound(let start, let count, let rate):
      writer.put(UInt8(6))
      writer.put(start, count, rate)
    case .openFrames(let path):
      writer.put(UInt8(7))
      writer.put(path)
    case .nextFrame: writer.put(UInt8(8))
    case .pixels(let width, let height):
      writer.put(UInt8(9))
      writer.put(width, height)
    case .seek(let time):
      writer.put(UInt8(10))
      writer.put(time)
    case .close: writer.put(UInt8(11))
    case .picture(let path, let bytes, let form):
      writer.put(UInt8(12))
      writer.put(path)
      writer.put(UInt32(bytes.count))
      writer.put(bytes)
      writer.put(form)
    }
    return writer.bytes
  }

  /// Reads what `bytes` wrote; nil where there is anything else, more, or less.
  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let kind = reader.take(UInt8.self), let request = Self.read(kind, &reader), reader.isAtEnd
    else { return nil }
    self = request
  }

  private static func read(_ kind: UInt8, _ reader: inout ByteReader) -> DecodeRequest? {
    switch kind {
    case 0:
      guard let limits = reader.takeLimits(), let memory = reader.takeInt(),
        let seconds = reader.takeInt()
      else { return nil }
      return .configure(limits, memory: memory, processorSeconds: seconds)
    case 1: return reader.takeText().map { .probe($0) }
    case 2:
      guard let path = reader.takeText(), let start = reader.takeDouble(),
        let duration = reader.takeDouble(), let rate = reader.takeDouble(),
        let shortSide = reader.takeInt(), let audioRate = reader.takeInt()
      else { return nil }
      let request = SegmentRequest(
        start: start, duration: duration, rate: rate, shortSide: shortSide, audioRate: audioRate)
      return .segment(path, request)
    case 3:
      guard let path = reader.takeText(), let (start, count, rate) = reader.takeSoundRequest()
      else { return nil }
      return .sound(path, start: start, count: count, rate: rate)
    case 4: return reader.takeText().map { .openMoments($0) }
    case 5:
      guard let times = reader.takeDoubles(), let shortSide = reader.takeInt(),
        let multiple = reader.takeInt()
      else { return nil }
      return .pictures(at: times, shortSide: shortSide, multiple: multiple)
    case 6:
      guard let (start, count, rate) = reader.takeSoundRequest() else { return nil }
      return .momentSound(start: start, count: count, rate: rate)
    case 7: return reader.takeText().map { .openFrames($0) }
    case 8: return .nextFrame
    case 9:
      guard let (width, height) = reader.takeWantedSize() else { return nil }
      return .pixels(width: width, height: height)
    case 10: return reader.takeDouble().map { .seek(before: $0) }
    case 11: return .close
    case 12:
      guard let path = reader.takeText(), let count = reader.takeCount(of: 1),
        let bytes = reader.take(count: count), let form = reader.takeForm()
      else { return nil }
      return .picture(path, bytes, form)
    default: return nil
    }
  }
}

extension ByteWriter {
  fileprivate mutating func put(_ limits: MediaLimits) {
    for value in [
      limits.maxPixels, Int64(limits.maxStreams), limits.probeBytes, limits.analyzeMicroseconds,
      Int64(limits.maxSegmentBytes),
    ] { put(value) }
    for value in [limits.probeSeconds, limits.stallSeconds] { put(value) }
  }

  /// A size of which either side may be the picture's own.
  fileprivate mutating func put(_ width: Int?, _ height: Int?) {
    for value in [width, height] { put(Int64(value ?? 0)) }
  }

  fileprivate mutating func put(_ form: StillPicture.Form) {
    guard case .colours(let width, let height) = form else { return put(UInt8(0)) }
    put(UInt8(1))
    put(width, height)
  }

  fileprivate mutating func put(_ start: Double, _ count: Int, _ rate: Int) {
    put(start)
    for value in [count, rate] { put(Int64(value)) }
  }
}

extension ByteReader {
  fileprivate mutating func takeLimits() -> MediaLimits? {
    var limits = MediaLimits()
    guard let pixels = take(Int64.self), let streams = takeInt(), let probe = take(Int64.self),
      let analyze = take(Int64.self), let segment = takeInt(), let probeSeconds = takeDouble(),
      let stallSeconds = takeDouble()
    else { return nil }
    (limits.maxPixels, limits.maxStreams, limits.probeBytes) = (pixels, streams, probe)
    (limits.analyzeMicroseconds, limits.maxSegmentBytes) = (analyze, segment)
    (limits.probeSeconds, limits.stallSeconds) = (probeSeconds, stallSeconds)
    return limits
  }

  fileprivate mutating func takeSoundRequest() -> (start: Double, count: Int, rate: Int)? {
    guard let start = takeDouble(), let count = takeInt(), let rate = takeInt() else { return nil }
    return (start, count, rate)
  }

  fileprivate mutating func takeWantedSize() -> (width: Int?, height: Int?)? {
    guard let width = takeInt(), let height = takeInt() else { return nil }
    return (width > 0 ? width : nil, height > 0 ? height : nil)
  }

  fileprivate mutating func takeForm() -> StillPicture.Form? {
    switch take(UInt8.self) {
    case 0: .content
    case 1: takeWantedSize().map { .colours(width: $0.width, height: $0.height) }
    default: nil
    }
  }

  mutating func takeInt() -> Int? { take(Int64.self).map { Int($0) } }

  /// Numbers after their count.
  mutating func takeDoubles() -> [Double]? {
    guard let count = takeCount(of: 8) else { return nil }
    return (0..<count).compactMap { _ in takeDouble() }
  }
}
