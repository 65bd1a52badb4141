import Evaluation
import SelfTraining
import Settings
import Storage

/// Labels the rows of an embedding and writes them as a table, block by block.
struct PredictionRun {
  let classifier: TrainedClassifier
  private let embedding: EmbeddingSet
  private let clips: Int
  private let perception: Perception

  /// Files of which nothing, or not of every window something, is said, as they lack what the classifier judges by.
  let unreached: [(path: String, isWhole: Bool, reason: String)]

  /// Lines written, files that they are of, and how many have each label.
  private(set) var rows = 0
  private(set) var files = 0
  private(set) var labels: [Int]
  private(set) var outOfSet = 0
  private var confidence = 0.0

  var isSegmented: Bool { embedding.description.settings.perWindow }
  var meanConfidence: Double { confidence / Double(max(1, rows)) }

  /// Rows that are classified at once.
  private static let block = 2048

  init(_ classifier: TrainedClassifier, _ embedding: EmbeddingSet) throws {
    (self.classifier, self.embedding) = (classifier, embedding)
    (clips, perception) = (try ViewSet.clips(in: embedding), classifier.perception)
    labels = classifier.classes.map { _ in 0 }
    unreached = Self.unreached(embedding, clips, perception)
  }

  /// The row of a clip as `embed` sees it, of which it has one a view.
  private static func row(_ clip: Int, _ embedding: EmbeddingSet) -> EmbeddingRow {
    embedding.rows[clip * embedding.description.settings.views]
  }

  private static func reaches(_ row: EmbeddingRow, _ perception: Perception) -> Bool {
    perception.reaches(video: row.hasVideo, audio: row.hasAudio)
  }

  private static func unreached(
    _ embedding: EmbeddingSet, _ clips: Int, _ perception: Perception
  ) -> [(path: String, isWhole: Bool, reason: String)] {
    var result: [(path: String, isWhole: Bool, reason: String)] = []
    var start = 0
    while start < clips {
      let path = row(start, embedding).path
      // The windows of a file follow each other.
      let end = (start..<clips).first { row($0, embedding).path != path } ?? clips
      let missed = (start..<end).count { !reaches(row($0, embedding), perception) }
      if missed == end - start {
        result.append((path, true, perception.obstacle))
      } else if missed > 0 {
        result.append(
          (path, false, "\(missed) of \(end - start) windows: \(perception.obstacle)"))
      }
      start = end
    }
    return result
  }

  /// Writes the table, complete or not at all.
  mutating func write(to path: String, progress: (_ done: Int, _ all: Int) -> Void) throws {
    let table = PredictionTable(classes: classifier.classes, hasSegments: isSegmented)
    try AtomicFile.stream(to: path) { sink throws(StorageError) in
      try sink.write(table.header)
      var file = WindowsOfFile()
      for start in stride(from: 0, to: clips, by: Self.block) {
        let range = start..<min(clips, start + Self.block)
        let views = try ViewSet(embedding, clips: range)
        for (place, prediction) in classifier.predict(views).enumerated() {
          let path = views.paths[place]
          let row = Self.row(range.lowerBound + place, embedding)
          guard Self.reaches(row, perception) else { continue }
          if isSegmented {
            if path != file.path { try write(&file, next: path, table, sink) }
            file.windows.append(
              WindowPrediction(start: row.start, end: row.end, prediction: prediction))
          } else {
            try sink.write(table.line(path, prediction))
            count(prediction)
            files += 1
          }
        }
        progress(range.upperBound, clips)
      }
      try write(&file, next: "", table, sink)
    }
  }

  /// Windows of the file at hand that are not written yet.
  private struct WindowsOfFile {
    var path = ""
    var windows: [WindowPrediction] = []
  }

  /// Writes the segments of `file` and goes on to the next one.
  private mutating func write(
    _ file: inout WindowsOfFile, next: String, _ table: PredictionTable, _ sink: FileSink
  ) throws(StorageError) {
    for segment in PredictedSegment.merge(file.windows) {
      try sink.write(
        table.line(file.path, segment.prediction, span: segment.start...segment.end))
      count(segment.prediction)
    }
    files += file.windows.isEmpty ? 0 : 1
    file = WindowsOfFile(path: next)
  }

  private mutating func count(_ prediction: ClipPrediction) {
    rows += 1
    labels[prediction.label] += 1
    outOfSet += prediction.isOutOfSet ? 1 : 0
    confidence += prediction.confidence
  }
}
