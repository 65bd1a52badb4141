extension SegmentSummary {
  /// Appends all fields.
  func encode(to writer: inout ByteWriter) {
    writer.put(UInt32(width))
    writer.put(UInt32(height))
    writer.put(audioStart)
    writer.put(UInt32(audioRate))
    writer.put(UInt64(audioCount))
    writer.put(UInt32(times.count))
    for time in times { writer.put(time) }
    writer.put(thumbnails)
    writer.put(UInt32(shots.count))
    for shot in shots {
      writer.put(UInt32(shot.lowerBound))
      writer.put(UInt32(shot.upperBound))
    }
    writer.put(UInt32(warnings.count))
    for warning in warnings { writer.put(warning) }
  }

  /// Reads what `encode` wrote; nil when it does not fit together.
  init?(from reader: inout ByteReader) {
    guard let width = reader.take(UInt32.self), let height = reader.take(UInt32.self),
      let audioStart = reader.takeDouble(), audioStart.isFinite,
      let audioRate = reader.take(UInt32.self),
      let audioCount = reader.take(UInt64.self), audioCount < 1 << 40,
      width < 1 << 16, height < 1 << 16, let frames = reader.takeCount(of: 8),
      // Sound alone has neither frames nor their size.
      (width > 0 && height > 0) || (width == 0 && height == 0 && frames == 0)
    else { return nil }
    var times: [Double] = []
    for _ in 0..<frames {
      guard let time = reader.takeDouble(), time.isFinite else { return nil }
      times.append(time)
    }
    let size = Self.thumbnailSide * Self.thumbnailSide
    guard let thumbnails = reader.take(count: frames * size),
      let shotCount = reader.takeCount(of: 8)
    else { return nil }
    var shots: [Range<Int>] = []
    for _ in 0..<shotCount {
      guard let low = reader.take(UInt32.self), let high = reader.take(UInt32.self), low <= high,
        Int(high) <= frames
      else { return nil }
      shots.append(Int(low)..<Int(high))
    }
    guard let warningCount = reader.takeCount(of: 4) else { return nil }
    var warnings: [String] = []
    for _ in 0..<warningCount {
      guard let warning = reader.takeText() else { return nil }
      warnings.append(warning)
    }
    self.init(
      width: Int(width), height: Int(height), times: times, audioStart: audioStart,
      audioRate: Int(audioRate), audioCount: Int(audioCount), shots: shots, thumbnails: thumbnails,
      warnings: warnings)
  }
}
