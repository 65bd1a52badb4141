import CProcess
import ClipData
import Glibc

/// The other side: what a decoder process does all its life.
package enum DecoderService {
  /// The hidden command of the executable by which a decoder process is started.
  package static let command = "decode-worker"
  /// Bytes that one answer may have.
  static let answerLimit = 3 << 30

  /// Serves the run that has started this process until it closes the socket; the exit status.
  ///
  /// `arguments` holds the process id of that run. Anything but a correct request ends the process.
  package static func run(_ arguments: [String]) -> Int32 {
    var status = stat()
    guard arguments.count == 1, let parent = pid_t(arguments[0]),
      fstat(CP_CONTROL, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK,
      cp_die_with(parent) != 0, let area = SharedArea(descriptor: CP_MEMORY)
    else { return 64 }
    cp_keep_memory()
    var desk = DecoderDesk(area: area)
    let socket = DecodeSocket(descriptor: CP_CONTROL)
    while true {
      switch socket.receive(within: -1) {
      case .nothingYet: continue
      case .end, .failed: return 0
      case .message(let bytes):
        guard let message = DecodeMessage(bytes, limit: 1 << 30), message.samples == 0,
          message.pictureBytes == 0, let content = message.take(from: area),
          let request = DecodeRequest(content.fields)
        else { return 65 }
        guard socket.send(desk.serve(request, message.serial)) == 0 else { return 0 }
      }
    }
  }
}

/// Answers requests, one after the other.
private struct DecoderDesk {
  let area: SharedArea
  private var source: MediaSource?
  private var processorSeconds = 0
  private var moments: (any MomentReading)?
  private var frames: (any FrameReading)?
  private var faults = FaultInjection()

  init(area: SharedArea) { self.area = area }

  /// Answers `request` in the shared memory; what to say of it.
  mutating func serve(_ request: DecodeRequest, _ serial: UInt64) -> DecodeMessage {
    // What earlier files took must not count against this one's.
    area.unmap(beyond: DecoderLimits().keptBytes)
    let answer = self.answer(request)
    if let message = put(answer, serial) { return message }
    let failure = MediaError(
      .request, path: request.path ?? "",
      reason: "what was decoded is too much for a decoder's memory; ask for less of it")
    // The little that this takes is always there.
    return put(.failure(failure), serial) ?? DecodeMessage(serial: serial, fieldBytes: 0)
  }

  private func put(_ answer: DecodeAnswer, _ serial: UInt64) -> DecodeMessage? {
    let (fields, samples, picture) = (answer.fields, answer.samples, answer.picture)
    let message = DecodeMessage(
      serial: serial, fieldBytes: fields.count, samples: samples.count, pictureBytes: picture.count)
    guard message.total <= DecoderService.answerLimit,
      message.put(fields, samples: samples, picture: picture, into: area)
    else { return nil }
    return message
  }

  private mutating func answer(_ request: DecodeRequest) -> DecodeAnswer {
    if case .configure(let limits, let memory, let seconds) = request {
      return .done(configure(limits, memory: memory, processorSeconds: seconds))
    }
    guard let source else { return .done(false) }
    _ = cp_limit_processor(Int64(processorSeconds))
    faults.strike(request)
    do throws(MediaError) {
      return try answer(request, source)
    } catch {
      return .failure(error)
    }
  }

  /// Bounds the process; once.
  private mutating func configure(
    _ limits: MediaLimits, memory: Int, processorSeconds: Int
  ) -> Bool {
    guard source == nil, cp_limit(Int64(memory), Int64(DecoderService.answerLimit + 2 << 20)) == 0
    else { return false }
    cp_tell_size_on_crash(area.sizeAtCrash)
    Deadline.show(at: area.deadline)
    self.processorSeconds = processorSeconds
    source = MediaSource(limits: limits)
    return true
  }

  private mutating func answer(
    _ request: DecodeRequest, _ source: MediaSource
  ) throws(MediaError) -> DecodeAnswer {
    switch request {
    case .configure: return .done(false)
    case .probe(let path): return .probe(try source.usable(path: path))
    case .segment(let path, let request):
      return .segment(try source.decodedSegment(path: path, request))
    case .sound(let path, let start, let count, let rate):
      return .sound(try source.sound(path: path, start: start, count: count, rate: rate))
    case .openMoments(let path):
      let reader = try source.moments(path: path)
      moments = reader
      return .moments(
        MomentSummary(
          hasPictures: reader.hasPictures, hasSound: reader.hasSound, duration: reader.duration,
          warnings: reader.warnings))
    case .openFrames(let path):
      let reader = try source.frames(path: path)
      frames = reader
      return .frames(reader.told)
    case .picture(let path, let bytes, let form):
      return .picture(try StillPicture(bytes, path: path, form))
    case .close:
      moments?.close()
      frames?.close()
      (moments, frames) = (nil, nil)
      return .done(true)
    case .pictures(let times, let shortSide, let multiple):
      guard let moments else { return .done(false) }
      let pictures = try moments.pictures(at: times, shortSide: shortSide, multiple: multiple)
      return .pictures(pictures, warnings: moments.warnings)
    case .momentSound(let start, let count, let rate):
      guard let moments else { return .done(false) }
      let sound = try moments.sound(start: start, count: count, rate: rate)
      return .momentSound(sound, warnings: moments.warnings)
    case .nextFrame:
      guard let frames else { return .done(false) }
      let frame = try frames.next()
      return .frame(frame, damaged: frames.damaged)
    case .pixels(let width, let height):
      guard let frames else { return .done(false) }
      return .pixels(try frames.pixels(width: width, height: height))
    case .seek(let time):
      guard let frames else { return .done(false) }
      return .done(try frames.seek(before: time))
    }
  }
}
