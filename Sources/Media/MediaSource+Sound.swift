import CFFmpeg

extension MediaSource {
  /// Mono sound of a stretch of the file at `path`, second zero being the video's first: sample i belongs to
  /// second `start + i / rate`. Stretches that follow each other join without a seam. Nil where the file has
  /// no sound, or none that can be decoded. Throws what is no fault of the file alone.
  package func sound(
    path: String, start: Double, count: Int, rate: Int
  ) throws(MediaError) -> [Float]? {
    do throws(MediaError) {
      if let decoders {
        let request = DecodeRequest.sound(path, start: start, count: count, rate: rate)
        guard case .sound(let sound) = try decoders.ask(request, path: path) else { return nil }
        return sound
      }
      let deadline = Deadline(seconds: limits.stallSeconds, renewing: true)
      let container = try Container(path: path, limits: limits, deadline: deadline)
      defer { container.close() }
      guard container.audioStream != nil else { return nil }
      let origin = container.videoStream.flatMap { stream in
        stream.pointee.start_time == cff_no_pts()
          ? nil : Double(stream.pointee.start_time) * container.tick(of: stream)
      }
      if start > 0 {
        let reader = try AudioReader(container, rate: rate, origin: origin)
        defer { reader.close() }
        if reader.seek(to: start),
          let sound = try reader.read(start: start, count: count, afterSeek: true)
        {
          return sound
        }
      }
      let whole = try container.reopened()
      defer { whole.close() }
      let reader = try AudioReader(whole, rate: rate, origin: origin)
      defer { reader.close() }
      return try reader.read(start: start, count: count, afterSeek: false)
    } catch {
      if error.isOfTheRun || error.kind == .memory { throw error }
      return nil
    }
  }
}
