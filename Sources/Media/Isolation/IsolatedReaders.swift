/// A file that is open in a decoder process, which is the caller's until `close`.
final class DecoderSession {
  private let pool: DecoderPool
  private let path: String
  private let opening: DecodeRequest
  private var process: DecoderProcess?
  /// Whether the process had seen no other file.
  private var isFresh = false
  /// The answer to the opening request.
  private(set) var opened: DecodeAnswer

  /// Opens `path` by `opening`. The error names it and the reason.
  init(_ pool: DecoderPool, _ path: String, _ opening: DecodeRequest) throws(MediaError) {
    (self.pool, self.path, self.opening) = (pool, path, opening)
    let (process, answer) = try pool.open(opening, path: path)
    if case .failure(let error) = answer {
      pool.giveBack(process)
      throw error
    }
    (self.process, opened) = (process, answer)
    isFresh = process.isFresh
  }

  deinit { close() }

  /// - Parameter repeats: whether a process that dies may be replaced by a fresh one that opens the file again and is
  ///   asked the same: the answer must not depend on what was asked before.
  func ask(_ request: DecodeRequest, repeats: Bool) throws(MediaError) -> DecodeAnswer {
    guard let process else {
      throw MediaError(.request, path: path, reason: "was closed, nothing more of it can be read")
    }
    let answer: DecodeAnswer
    do throws(DecoderProcess.Loss) {
      answer = try process.ask(request, seconds: pool.patience(request))
    } catch {
      pool.lose(process)
      self.process = nil
      guard repeats, case .died(_, let outOfMemory) = error, !(outOfMemory && isFresh) else {
        throw pool.giveUp(path, error)
      }
      let (fresh, answer) = try pool.open(opening, path: path, fresh: true)
      self.process = fresh
      isFresh = true
      if case .failure(let error) = answer { throw error }
      return try ask(request, repeats: false)
    }
    if case .failure(let error) = answer { throw error }
    return answer
  }

  func close() {
    guard let process else { return }
    self.process = nil
    do throws(DecoderProcess.Loss) {
      _ = try process.ask(.close, seconds: pool.limits.stallSeconds)
      pool.giveBack(process)
    } catch {
      pool.lose(process)
    }
  }

  /// The answer is none to the question: what gave it is not asked again.
  func senseless() -> MediaError {
    if let process { pool.lose(process) }
    process = nil
    return pool.giveUp(path, .babbled)
  }
}

/// Moments of a file that is open in a decoder process.
final class IsolatedMoments: MomentReading {
  let hasPictures: Bool
  let hasSound: Bool
  let duration: Double
  private(set) var warnings: [String]
  private let session: DecoderSession

  init(_ pool: DecoderPool, path: String) throws(MediaError) {
    session = try DecoderSession(pool, path, .openMoments(path))
    guard case .moments(let summary) = session.opened else { throw session.senseless() }
    (hasPictures, hasSound) = (summary.hasPictures, summary.hasSound)
    (duration, warnings) = (summary.duration, summary.warnings)
  }

  func pictures(
    at times: [Double], shortSide: Int, multiple: Int
  ) throws(MediaError) -> MomentReader.Pictures {
    let request = DecodeRequest.pictures(at: times, shortSide: shortSide, multiple: multiple)
    guard case .pictures(let pictures, let warnings) = try session.ask(request, repeats: true)
    else { throw session.senseless() }
    add(warnings)
    return pictures
  }

  func sound(start: Double, count: Int, rate: Int) throws(MediaError) -> [Float]? {
    let request = DecodeRequest.momentSound(start: start, count: count, rate: rate)
    guard case .momentSound(let sound, let warnings) = try session.ask(request, repeats: true)
    else { throw session.senseless() }
    add(warnings)
    return sound
  }

  private func add(_ texts: [String]) {
    warnings += texts.filter { !warnings.contains($0) }
  }

  func close() { session.close() }
}

/// Frames of a file that is open in a decoder process.
final class IsolatedFrames: FrameReading {
  let told: ToldFrames?
  private(set) var damaged = 0
  private let session: DecoderSession
  private var last: ShownFrame?

  init(_ pool: DecoderPool, path: String) throws(MediaError) {
    session = try DecoderSession(pool, path, .openFrames(path))
    guard case .frames(let told) = session.opened else { throw session.senseless() }
    self.told = told
  }

  func next() throws(MediaError) -> ShownFrame? {
    guard case .frame(let frame, let damaged) = try session.ask(.nextFrame, repeats: false)
    else { throw session.senseless() }
    (last, self.damaged) = (frame, damaged)
    return frame
  }

  func pixels(width: Int?, height: Int?) throws(MediaError) -> [UInt8] {
    guard
      case .pixels(let pixels) = try session.ask(
        .pixels(width: width, height: height), repeats: false),
      let last, pixels.count == (width ?? last.width) * (height ?? last.height) * 3
    else { throw session.senseless() }
    return pixels
  }

  func seek(before time: Double) throws(MediaError) -> Bool {
    guard case .done(let isDone) = try session.ask(.seek(before: time), repeats: false)
    else { throw session.senseless() }
    return isDone
  }

  func close() { session.close() }
}
