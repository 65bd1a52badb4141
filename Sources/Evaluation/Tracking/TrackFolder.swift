import Foundation
import Media
import Storage

/// The folder that tracking writes: masks, tables, the overlay and the contact sheet. It appears whole, once
/// all of it is written.
package final class TrackFolder {
  package private(set) var table = TrackTable()
  private let staged: StagedFolder
  private let hasMasks: Bool
  private let hasPoints: Bool

  /// Prepares the folder at `path`, which must not hold anything yet.
  package init(_ path: String, masks: Bool, points: Bool) throws {
    staged = try StagedFolder(path)
    (hasMasks, hasPoints) = (masks, points)
    if masks { try Folder.create(draft + "/masks") }
  }

  /// Where the files lie until the folder is published.
  package var draft: String { staged.draft }

  /// Gives the folder its name.
  package func publish() throws { try staged.publish() }

  /// Removes all that was written.
  package func discard() { staged.discard() }

  /// `error` about the file as the user knows it.
  package func named(_ error: any Error) -> any Error { staged.named(error) }

  private func maskPath(_ index: Int) -> String {
    "\(draft)/masks/\(String(format: "%05d", index)).png"
  }

  /// Takes one frame, in any order.
  package func add(_ found: TrackedFrame, frame: Int, time: Double) throws {
    table.add(found, frame: frame, time: time)
    guard hasMasks else { return }
    try ImageWriter.writeIndexedPNG(
      found.mask.pixels, width: found.mask.width, height: found.mask.height, to: maskPath(frame))
  }

  /// Writes `tracks.csv`, and `points.csv` where points were followed.
  package func writeTables() throws {
    let rows = table.sorted
    try AtomicFile.stream(to: draft + "/tracks.csv") { (sink) throws(StorageError) in
      try sink.write(Array(TrackTable.header.utf8))
      for row in rows { try sink.write(Array(TrackTable.line(row).utf8)) }
    }
    guard hasPoints else { return }
    try AtomicFile.stream(to: draft + "/points.csv") { (sink) throws(StorageError) in
      try sink.write(Array("frame,id,x,y,visible,confidence\n".utf8))
      for row in rows {
        guard let point = row.point else { continue }
        let line = CSVTable.line([
          String(row.frame), point.id, String(format: "%.2f", point.x),
          String(format: "%.2f", point.y), point.isLost ? "0" : "1",
          String(format: "%.4f", point.confidence),
        ])
        try sink.write(Array(line.utf8))
      }
    }
  }

  /// Lines that the overlay has at most, and pictures of the contact sheet.
  private static let overlayLines = 720
  private static let sheetPictures = 12
  private static let soundRate = 48_000

  /// Seconds for which the overlay shows one picture at most.
  private static let longestStill = 3600.0

  /// Walks through the video once more and writes `overlay.mp4`, with the video's sound, and `sheet.png`.
  /// Frames that were not tracked are shown plain. Returns the frame before which both end, where one
  /// stands too long after the one before it.
  package func writeOverlay(
    of input: FrameInput, frames: Int, progress: (Int) throws -> Void
  ) throws -> Int? {
    let height = min(input.height, Self.overlayLines) / 2 * 2
    let width = max(2, input.width * max(2, height) / input.height / 2 * 2)
    var settings = VideoWriter.Settings(
      width: width, height: max(2, height), rate: input.rate, quality: 23)
    settings.effort = "veryfast"
    let source = input.source
    let chunk = Self.soundRate * 20
    var sound =
      input.isFile
      ? try source.sound(path: input.path, start: 0, count: chunk, rate: Self.soundRate) : nil
    if sound != nil { settings.audioRate = Self.soundRate }
    let writer = try VideoWriter(path: draft + "/overlay.mp4", settings)
    let points = Dictionary(grouping: table.rows.filter { $0.point != nil }, by: \.frame)
    let tracked = Set(table.rows.map(\.frame))
    let wanted = Set(
      (0..<Self.sheetPictures).map { $0 * max(0, frames - 1) / (Self.sheetPictures - 1) })
    var sheet: [Picture] = []
    let stream = try input.forward()
    defer { stream.close() }
    var shown = 0
    var sounded = 0
    var index = 0
    var last: Picture?
    /// Writes pictures up to second `time`, and the sound that belongs to them.
    func write(_ picture: Picture, until time: Double) throws {
      while Double(shown) / input.rate < time - 1e-6 {
        try writer.append(frame: picture.pixels)
        try progress(index)
        shown += 1
        let due = Int(Double(shown) / input.rate * Double(Self.soundRate))
        while sound != nil, sounded < due {
          let start = sounded / chunk * chunk
          if sounded == start, start > 0 {
            sound =
              try source.sound(
                path: input.path, start: Double(start) / Double(Self.soundRate), count: chunk,
                rate: Self.soundRate) ?? [Float](repeating: 0, count: chunk)
          }
          let end = min(due, start + chunk)
          if let sound { try writer.append(sound: Array(sound[sounded - start..<end - start])) }
          sounded = end
        }
      }
    }
    var end: Int?
    while index < frames, let frame = try stream.next(width: width, height: max(2, height)) {
      if let last {
        guard frame.time - Double(shown) / input.rate <= Self.longestStill else {
          end = index
          break
        }
        try write(last, until: frame.time)
      }
      var picture = Picture(width: width, height: max(2, height), pixels: frame.pixels)
      if tracked.contains(index) {
        Overlay.draw(
          on: &picture, mask: try mask(index, input),
          points: (points[index] ?? []).compactMap { row in
            row.point.flatMap { $0.isLost ? nil : ($0.id, $0.x, $0.y) }
          })
      }
      if wanted.contains(index) { sheet.append(picture) }
      last = picture
      index += 1
      try progress(index)
    }
    if let last { try write(last, until: Double(shown + 1) / input.rate) }
    try writer.finish()
    if let sheet = ContactSheet.sheet(sheet, columns: 4, width: 320) {
      try ImageWriter.writePNG(
        sheet.pixels, width: sheet.width, height: sheet.height, to: draft + "/sheet.png")
    }
    return end
  }

  private func mask(_ index: Int, _ input: FrameInput) throws -> LabelMask {
    guard hasMasks else {
      return LabelMask(
        width: input.width, height: input.height,
        pixels: [UInt8](repeating: 0, count: input.width * input.height))
    }
    return try MaskReader(input.source).read(maskPath(index))
  }
}
