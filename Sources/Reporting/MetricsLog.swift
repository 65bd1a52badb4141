import Settings
import Storage

/// One line of `metrics.jsonl`: numbers known after a number of completed steps.
package struct MetricsRecord: Sendable, Hashable {
  /// Completed steps.
  package var step: Int
  /// Everything but the step, in the order in which it was logged.
  package var values: JSONObject

  package init(step: Int, values: JSONObject) {
    self.step = step
    self.values = values
  }

  /// The number of that name; nil where there is none or it was not finite.
  package subscript(name: String) -> Double? { values[name]?.double }
}

/// The append-only `metrics.jsonl` of a run.
///
/// A resumed run goes on from the records of the steps that its checkpoint has done: what a killed
/// process logged beyond them is cut off, so that the file becomes that of an uninterrupted run.
package final class MetricsLog {
  private let file: OpenFile

  /// Opens the file at `path`, cut to the records of at most `step` completed steps; nil starts anew.
  package init(_ path: String, completedSteps step: Int? = nil) throws(StorageError) {
    var kept = 0
    if let step, MetricsLog.exists(path) { kept = try Self.scan(path, upTo: step).bytes }
    file = try OpenFile.appending(path)
    try file.truncate(to: kept)
  }

  /// Appends a record in one write. Numbers that are not finite are logged as null.
  package func append(_ record: MetricsRecord) throws(StorageError) {
    var object = JSONObject([("step", .integer(record.step))])
    for (key, value) in record.values.members where key != "step" { object[key] = value }
    try file.write(Array((JSONValue.object(object).text() + "\n").utf8))
  }

  /// Waits until the records are on the disk: before a checkpoint of the same step is published.
  package func sync() throws(StorageError) { try file.sync() }

  /// The records in the file at `path`. A last line that was cut short by a crash is left out.
  package static func read(_ path: String) throws(StorageError) -> [MetricsRecord] {
    try scan(path, upTo: .max).records
  }

  private static func exists(_ path: String) -> Bool {
    Folder.hasEntry(path)
  }

  /// The records up to a step and the bytes that they take. The records beyond it and a torn end
  /// are left out; a damaged line with good ones after it is an error, for cutting there would lose
  /// them.
  private static func scan(
    _ path: String, upTo last: Int
  ) throws(StorageError) -> (records: [MetricsRecord], bytes: Int) {
    let text = try readBytes(path)
    var records: [MetricsRecord] = []
    var bytes = 0
    var damaged: Int?
    var start = 0
    var line = 0
    while let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) {
      line += 1
      let record = record(text[start..<end])
      start = end + 1
      guard let record else {
        damaged = damaged ?? line
        continue
      }
      guard record.step <= last else { continue }
      if let damaged {
        throw .badData(path: path, reason: "line \(damaged) is not a record; remove that line")
      }
      records.append(record)
      bytes = start
    }
    return (records, bytes)
  }

  private static func record(_ line: ArraySlice<UInt8>) -> MetricsRecord? {
    guard var object = (try? JSONValue.parse(line))?.object, let step = object["step"]?.int
    else { return nil }
    object["step"] = nil
    return MetricsRecord(step: step, values: object)
  }
}
