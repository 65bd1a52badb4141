import ClipData

/// What a decoder process answers.
enum DecodeAnswer: Sendable {
  case failure(MediaError)
  case done(Bool)
  case probe(VideoProbe)
  case segment(Segment)
  case sound([Float]?)
  case moments(MomentSummary)
  case pictures(MomentReader.Pictures, warnings: [String])
  case momentSound([Float]?, warnings: [String])
  case frames(ToldFrames?)
  case frame(ShownFrame?, damaged: Int)
  case pixels([UInt8])
  case picture(StillPicture)

  /// The samples that go with the fields.
  var samples: [Float] {
    switch self {
    case .segment(let segment): segment.audio
    case .sound(let sound), .momentSound(let sound, _): sound ?? []
    default: []
    }
  }

  /// The pictures that go with the fields.
  var picture: [UInt8] {
    switch self {
    case .segment(let segment): segment.pixels
    case .pictures(let pictures, _): pictures.pixels
    case .pixels(let pixels): pixels
    case .picture(let picture): picture.bytes
    default: []
    }
  }
}

/// What a file holds for a reader of moments.
struct MomentSummary: Sendable, Hashable {
  var hasPictures: Bool
  var hasSound: Bool
  /// Seconds.
  var duration: Double
  var warnings: [String]
}

extension DecodeAnswer {
  /// Everything but samples and pictures: a number for the kind, and the fields.
  var fields: [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .failure(let error):
      writer.put(UInt8(0))
      for text in [error.kind.rawValue, error.path, error.reason] { writer.put(text) }
    case .done(let isDone):
      writer.put(UInt8(1))
      writer.put(isDone)
    case .probe(let probe):
      writer.put(UInt8(2))
      for text in [probe.verdict.rawValue, probe.reason, probe.videoCodec, probe.audioCodec] {
        writer.put(text)
      }
      for value in [probe.duration, probe.frameRate] { writer.put(value) }
      for value in [probe.width, probe.height] { writer.put(Int64(value)) }
    case .segment(let segment):
      writer.put(UInt8(3))
      for value in [segment.width, segment.height] { writer.put(Int64(value)) }
      writer.put(segment.times)
      writer.put(segment.warnings)
    case .sound(let sound):
      writer.put(UInt8(4))
      writer.put(sound != nil)
    case .moments(let summary):
      writer.put(UInt8(5))
      for value in [summary.hasPictures, summary.hasSound] { writer.put(value) }
      writer.put(summary.duration)
      writer.put(summary.warnings)
    case .pictures(let pictures, let warnings):
      writer.put(UInt8(6))
      for value in [pictures.width, pictures.height] { writer.put(Int64(value)) }
      writer.put(pictures.times)
      writer.put(warnings)
    case .momentSound(let sound, let warnings):
      writer.put(UInt8(7))
      writer.put(sound != nil)
      writer.put(warnings)
    case .frame(let frame, let damaged):
      writer.put(UInt8(8))
      writer.put(Int64(damaged))
      writer.put(frame != nil)
      if let frame {
        for value in [frame.time, frame.duration] { writer.put(value) }
        for value in [frame.width, frame.height] { writer.put(Int64(value)) }
      }
    case .pixels: writer.put(UInt8(9))
    case .picture(let picture):
      writer.put(UInt8(10))
      for value in [picture.width, picture.height] { writer.put(Int64(value)) }
      writer.put(picture.kind)
    case .frames(let told):
      writer.put(UInt8(11))
      writer.put(told != nil)
      if let told { for value in [told.count, told.most] { writer.put(Int64(value)) } }
    }
    return writer.bytes
  }

  /// Reads what `fields` wrote, beside the samples and the picture that came with it. Nil where anything does not fit:
  /// a process that went mad must not be believed.
  init?(_ fields: [UInt8], samples: [Float], picture: [UInt8]) {
    var reader = ByteReader(fields)
    guard let kind = reader.take(UInt8.self),
      let answer = Self.read(kind, &reader, samples, picture), reader.isAtEnd,
      answer.samples.count == samples.count, answer.picture.count == picture.count
    else { return nil }
    self = answer
  }

  private static func read(
    _ kind: UInt8, _ reader: inout ByteReader, _ samples: [Float], _ picture: [UInt8]
  ) -> DecodeAnswer? {
    switch kind {
    case 0:
      guard let kind = reader.takeText().flatMap(MediaError.Kind.init),
        let path = reader.takeText(),
        let reason = reader.takeText()
      else { return nil }
      return .failure(MediaError(kind, path: path, reason: reason))
    case 1: return reader.takeFlag().map { .done($0) }
    case 2: return reader.takeProbe().map { .probe($0) }
    case 3:
      guard let (width, height, times) = reader.takePictures(picture.count),
        let warnings = reader.takeTexts()
      else { return nil }
      return .segment(
        Segment(
          width: width, height: height, times: times, pixels: picture, audio: samples,
          warnings: warnings))
    case 4: return reader.takeFlag().map { .sound($0 ? samples : nil) }
    case 5:
      guard let hasPictures = reader.takeFlag(), let hasSound = reader.takeFlag(),
        let duration = reader.takeFinite(), let warnings = reader.takeTexts()
      else { return nil }
      return .moments(
        MomentSummary(
          hasPictures: hasPictures, hasSound: hasSound, duration: duration, warnings: warnings))
    case 6:
      guard let (width, height, times) = reader.takePictures(picture.count),
        let warnings = reader.takeTexts()
      else { return nil }
      let pictures = MomentReader.Pictures(
        width: width, height: height, times: times, pixels: picture)
      return .pictures(pictures, warnings: warnings)
    case 7:
      guard let isThere = reader.takeFlag(), let warnings = reader.takeTexts() else { return nil }
      return .momentSound(isThere ? samples : nil, warnings: warnings)
    case 8:
      guard let damaged = reader.takeInt(), damaged >= 0, let isThere = reader.takeFlag()
      else { return nil }
      guard isThere else { return .frame(nil, damaged: damaged) }
      guard let time = reader.takeFinite(), let duration = reader.takeFinite(),
        let (width, height) = reader.takeSize()
      else { return nil }
      let frame = ShownFrame(time: time, duration: duration, width: width, height: height)
      return .frame(frame, damaged: damaged)
    case 9: return .pixels(picture)
    case 10:
      guard let (width, height) = reader.takeSize(), let kind = reader.take(UInt8.self) else {
        return nil
      }
      return StillPicture(width: width, height: height, kind: kind, picture).map { .picture($0) }
    case 11:
      guard let isTold = reader.takeFlag() else { return nil }
      guard isTold else { return .frames(nil) }
      guard let count = reader.takeInt(), let most = reader.takeInt(), count >= 0, count <= most
      else { return nil }
      return .frames(ToldFrames(count: count, most: most))
    default: return nil
    }
  }
}

extension StillPicture {
  /// Its pixels in whichever form, and the number that tells of the form.
  fileprivate var bytes: [UInt8] {
    switch content {
    case .numbers(let values), .colours(let values): values
    case nil: pixels
    }
  }
  fileprivate var kind: UInt8 {
    switch content {
    case .numbers: 1
    case .colours: 2
    case nil: 0
    }
  }

  /// What `bytes` and `kind` told of; nil where they do not fit.
  fileprivate init?(width: Int, height: Int, kind: UInt8, _ bytes: [UInt8]) {
    self.init(width: width, height: height)
    switch kind {
    case 0: pixels = bytes
    case 1 where bytes.count == width * height: content = .numbers(bytes)
    case 2 where bytes.count == 4 * width * height: content = .colours(bytes)
    default: return nil
    }
  }
}

extension ByteWriter {
  fileprivate mutating func put(_ value: Bool) { put(UInt8(value ? 1 : 0)) }
  fileprivate mutating func put(_ values: [Double]) {
    put(UInt32(values.count))
    for value in values { put(value) }
  }
  fileprivate mutating func put(_ texts: [String]) {
    put(UInt32(texts.count))
    for text in texts { put(text) }
  }
}

extension ByteReader {
  fileprivate mutating func takeFlag() -> Bool? {
    take(UInt8.self).flatMap { $0 > 1 ? nil : $0 == 1 }
  }

  fileprivate mutating func takeFinite() -> Double? {
    takeDouble().flatMap { $0.isFinite ? $0 : nil }
  }

  fileprivate mutating func takeTexts() -> [String]? {
    guard let count = takeCount(of: 4) else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let text = takeText() else { return nil }
      texts.append(text)
    }
    return texts
  }

  /// A width and a height that some picture has.
  fileprivate mutating func takeSize() -> (width: Int, height: Int)? {
    guard let width = takeInt(), let height = takeInt(), (0...1 << 20).contains(width),
      (0...1 << 20).contains(height)
    else { return nil }
    return (width, height)
  }

  /// Size and times of pictures that fill `bytes`.
  fileprivate mutating func takePictures(
    _ bytes: Int
  ) -> (width: Int, height: Int, times: [Double])? {
    guard let (width, height) = takeSize(), let times = takeDoubles(),
      times.allSatisfy(\.isFinite),
      times.isEmpty
        ? bytes == 0 : bytes % times.count == 0 && bytes / times.count == width * height * 3
    else { return nil }
    return (width, height, times)
  }

  fileprivate mutating func takeProbe() -> VideoProbe? {
    guard let verdict = takeText().flatMap(VideoProbe.Verdict.init), let reason = takeText(),
      let videoCodec = takeText(), let audioCodec = takeText(), let duration = takeDouble(),
      let frameRate = takeDouble(), let (width, height) = takeSize()
    else { return nil }
    return VideoProbe(
      verdict: verdict, reason: reason, duration: duration, frameRate: frameRate, width: width,
      height: height, videoCodec: videoCodec, audioCodec: audioCodec)
  }
}
