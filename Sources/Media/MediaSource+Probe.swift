import CFFmpeg
import ClipData
import Storage

extension MediaSource {
  /// Opens the file, decodes a first picture and a first block of sound, and looks at its end.
  ///
  /// - `ok`: pictures decode, and the sound if there is any.
  /// - `partial`: pictures decode; the file is cut short, or its sound cannot be decoded.
  /// - `audioOnly`: sound decodes; there are no moving pictures (a cover does not count).
  /// - `empty`: no bytes, or no tracks.
  /// - `refused`: a kind of file that is never opened.
  /// - `unreadable`: all else.
  ///
  /// Throws what is no fault of the file alone.
  package func probe(path: String) throws(MediaError) -> VideoProbe {
    do throws(MediaError) {
      return try usable(path: path)
    } catch {
      if error.isOfTheRun { throw error }
      let verdict: VideoProbe.Verdict =
        switch error.kind {
        case .refused: .refused
        case .empty: .empty
        default: .unreadable
        }
      return VideoProbe(verdict: verdict, reason: oneLine(error.reason))
    }
  }

  /// The same for a file that must be `ok`, `partial` or `audioOnly`: throws what another verdict would say.
  package func usable(path: String) throws(MediaError) -> VideoProbe {
    if let decoders {
      switch try decoders.ask(.probe(path), path: path) {
      case .probe(let probe): return probe
      case .failure(let error): throw error
      default: throw decoders.giveUp(path, .babbled)
      }
    }
    let deadline = Deadline(seconds: limits.probeSeconds, renewing: false)
    let container = try Container(path: path, limits: limits, deadline: deadline)
    defer { container.close() }
    return try Prober(container: container).probe()
  }
}

/// Probes one opened file.
private struct Prober {
  let container: Container

  /// Packets of any track read in search of a track's first frame once the other one has begun.
  private static let packetLimit = 4000

  func probe() throws(MediaError) -> VideoProbe {
    guard let video = container.videoStream else {
      return try probeSound(instead: "no video track")
    }
    var found = VideoProbe(verdict: .ok)
    found.videoCodec = StreamDecoder.codecName(video)
    found.frameRate = container.frameRate(of: video)
    found.duration = container.statedDuration(of: video) ?? 0

    let reader: VideoReader
    let first: VideoFrame
    do throws(MediaError) {
      reader = try VideoReader(container)
      guard let frame = try reader.next() else {
        throw MediaError(.unreadable, path: container.path, reason: "no picture could be decoded")
      }
      first = frame
    } catch {
      if error.kind == .timeout { throw error }
      guard container.audioStream != nil, let sound = try? probeSound(instead: error.reason) else {
        throw error
      }
      return sound
    }
    (found.width, found.height) = (first.width, first.height)

    var problems: [String] = []
    if let audio = container.audioStream {
      if let problem = try checkSound() {
        problems.append(problem)
      } else {
        found.audioCodec = StreamDecoder.codecName(audio)
      }
    }
    if let end = try TailCheck(container: container, stream: video, stated: found.duration).run() {
      if found.duration > 0, let problem = end.problem { problems.append(problem) }
      if let seconds = end.seconds { found.duration = seconds }
    }
    if problems.isEmpty, let problem = container.missingBytes { problems.append(problem) }
    if !problems.isEmpty {
      found.verdict = .partial
      found.reason = oneLine(problems.joined(separator: "; "))
    }
    return found
  }

  /// The verdict on a file without pictures; `reason` says why there are none.
  private func probeSound(instead reason: String) throws(MediaError) -> VideoProbe {
    guard let audio = container.audioStream else {
      throw MediaError(.empty, path: container.path, reason: "holds neither pictures nor sound")
    }
    if let problem = try checkSound() {
      throw MediaError(.unreadable, path: container.path, reason: "\(reason); \(problem)")
    }
    return VideoProbe(
      verdict: .audioOnly, reason: oneLine(reason),
      duration: container.statedDuration(of: audio) ?? 0,
      audioCodec: StreamDecoder.codecName(audio))
  }

  /// What is wrong with the sound, nil when its first block decodes. Opens the file anew: not every
  /// container can be rewound.
  private func checkSound() throws(MediaError) -> String? {
    do throws(MediaError) {
      let container = try container.reopened()
      defer { container.close() }
      guard let stream = container.audioStream else { return "its sound is not usable" }
      let name = StreamDecoder.codecName(stream)
      container.wantOnly([stream.pointee.index])
      let decoder = try StreamDecoder(container, stream: stream)
      if try decoder.next(packetLimit: Self.packetLimit) != nil { return nil }
      return decoder.isFinished ? "its '\(name)' sound holds nothing that decodes" : nil
    } catch {
      if error.kind == .timeout { throw error }
      return "its sound is not usable: \(error.reason)"
    }
  }
}

/// Looks, without decoding, at how far a file's pictures reach.
private struct TailCheck {
  let container: Container
  let stream: UnsafeMutablePointer<AVStream>
  /// Seconds that the header promises; 0 when unknown.
  let stated: Double

  struct End {
    /// Seconds at which the pictures really end, where that is known better than by the header.
    var seconds: Double?
    var problem: String?
  }

  /// Seconds by which the last packet may fall short of the header.
  private static let slack = 0.5

  func run() throws(MediaError) -> End? {
    let isGuess =
      container.format?.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE || stated == 0
    if isGuess {
      // Read whole, however long that takes as long as it goes on.
      let fresh = try container.reopened(
        deadline: Deadline(seconds: container.limits.probeSeconds, renewing: true))
      defer { fresh.close() }
      guard let stream = fresh.videoStream else { return nil }
      return End(seconds: try TailCheck(container: fresh, stream: stream, stated: 0).lastTime())
    }
    if let end = endOfCompleteSamples() {
      return End(
        seconds: end,
        problem: "the file is cut short: pictures end at \(rounded(end)) of "
          + "\(rounded(stated)) s")
    }
    guard seek(to: max(0, stated - 2)), let last = try lastTime() else {
      return End(problem: "the end of the file cannot be read")
    }
    let slack = max(Self.slack, 0.02 * stated)
    guard last < stated - slack else { return nil }
    if stream.pointee.duration == cff_no_pts(), try soundLasts(until: stated - slack) {
      return End(seconds: last)
    }
    return End(
      seconds: last,
      problem: "pictures end at \(rounded(last)) of \(rounded(stated)) s; the file is cut short")
  }

  /// Whether the sound goes on to that second: a length that the container gives for all its tracks (Matroska) is that of
  /// the longest.
  private func soundLasts(until second: Double) throws(MediaError) -> Bool {
    let fresh = try container.reopened()
    defer { fresh.close() }
    guard let sound = fresh.audioStream else { return false }
    let check = TailCheck(container: fresh, stream: sound, stated: stated)
    guard check.seek(to: max(0, stated - 2)), let end = try check.lastTime() else { return false }
    return end >= second
  }

  /// Where an index says that samples lie beyond the end of the file: the end of those within it.
  private func endOfCompleteSamples() -> Double? {
    let count = avformat_index_get_entries_count(stream)
    guard count > 0, let last = avformat_index_get_entry(stream, count - 1) else { return nil }
    guard container.formatName.hasPrefix("mov"), !fits(last) else { return nil }
    var end = 0.0
    let tick = container.tick(of: stream)
    for index in 0..<count {
      guard let entry = avformat_index_get_entry(stream, index), fits(entry) else { continue }
      end = max(end, (Double(entry.pointee.timestamp) - Double(start)) * tick)
    }
    return min(end, stated)
  }

  private func fits(_ entry: UnsafePointer<AVIndexEntry>) -> Bool {
    let (end, overflow) = entry.pointee.pos.addingReportingOverflow(Int64(entry.pointee.size))
    return !overflow && end <= container.fileSize
  }

  private var start: Int64 {
    stream.pointee.start_time == cff_no_pts() ? 0 : stream.pointee.start_time
  }

  private func seek(to second: Double) -> Bool {
    let target = (Double(start) + second / container.tick(of: stream)).rounded(.down)
    guard abs(target) < 9e18 else { return false }
    return container.seek(stream: stream.pointee.index, timestamp: Int64(target))
  }

  /// Seconds at which the last packet from here on ends.
  private func lastTime() throws(MediaError) -> Double? {
    guard let packet = av_packet_alloc() else {
      throw MediaError(outOfMemory: container.path)
    }
    defer {
      var released: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&released)
    }
    container.wantOnly([stream.pointee.index])
    let tick = container.tick(of: stream)
    let rate = container.frameRate(of: stream)
    let interval = rate > 0 ? 1 / rate : 0
    var end: Double?
    var count = 0
    var reached: Int64 = 0
    while try container.read(into: packet) {
      defer { av_packet_unref(packet) }
      if container.position > reached {
        reached = container.position
        container.deadline.progress()
      }
      guard packet.pointee.stream_index == stream.pointee.index else { continue }
      count += 1
      let stamp = packet.pointee.pts != cff_no_pts() ? packet.pointee.pts : packet.pointee.dts
      guard stamp != cff_no_pts() else { continue }
      let shown = Double(packet.pointee.duration) * tick
      let time = (Double(stamp) - Double(start)) * tick + (shown > 0 ? shown : interval)
      if time.isFinite, time < 1e9 { end = max(end ?? 0, time) }
    }
    // A raw stream has no times: its packets are its pictures.
    return end ?? (count > 0 && interval > 0 ? Double(count) * interval : nil)
  }

  private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
