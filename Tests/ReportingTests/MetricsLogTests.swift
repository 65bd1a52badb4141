import Reporting
import Settings
import Storage
import TestSupport
import Testing

@Suite struct MetricsLogTests {
  private func record(_ step: Int, _ loss: Double) -> MetricsRecord {
    MetricsRecord(step: step, values: JSONObject([("loss", .number(loss)), ("note", "a\nb")]))
  }

  @Test func logsOneLineARecord() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("metrics.jsonl")
    let log = try MetricsLog(path)
    try log.append(record(1, 0.5))
    try log.append(record(2, .nan))
    try log.sync()
    #expect(
      String(decoding: try readBytes(path), as: UTF8.self) == """
        {"step":1,"loss":0.5,"note":"a\\nb"}
        {"step":2,"loss":null,"note":"a\\nb"}

        """)
    let records = try MetricsLog.read(path)
    #expect(records.map(\.step) == [1, 2])
    #expect(records[0]["loss"] == 0.5)
    #expect(records[1]["loss"] == nil)
  }

  @Test(arguments: [
    "", "{\"step\":5,\"lo", "\0\0\0\0\n", "{\"step\":5}\n{\"st", "garbage\n{\"step\":6}\n",
  ])
  func aResumedLogIsTheUninterruptedOne(tail: String) throws {
    let scratch = try ScratchFolder()
    let whole = scratch.path("whole")
    let log = try MetricsLog(whole)
    for step in 1...6 { try log.append(record(step, Double(step) / 3)) }
    // Killed after step 4 (and a part of 5) with a checkpoint after step 3.
    let killed = scratch.path("killed")
    do {
      let log = try MetricsLog(killed)
      for step in 1...4 { try log.append(record(step, Double(step) / 3)) }
      let torn = try readBytes(killed) + Array(tail.utf8)
      try AtomicFile.write(torn, to: killed)
    }
    let resumed = try MetricsLog(killed, completedSteps: 3)
    for step in 4...6 { try resumed.append(record(step, Double(step) / 3)) }
    #expect(try readBytes(killed) == (try readBytes(whole)))
  }

  @Test func anotherStartBeginsAnew() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("m")
    try MetricsLog(path).append(record(1, 1))
    try MetricsLog(path).append(record(1, 2))
    #expect(try MetricsLog.read(path).map { $0["loss"] } == [2])
    // What was recorded before the first step stays where the run goes on from there.
    try MetricsLog(path, completedSteps: 0).append(record(0, 3))
    try MetricsLog(path, completedSteps: 0).append(record(1, 4))
    #expect(try MetricsLog.read(path).map { $0["loss"] } == [3, 4])
    // Resuming where no log was left is no error.
    try MetricsLog(scratch.path("new"), completedSteps: 9).append(record(10, 1))
    #expect(try MetricsLog.read(scratch.path("new")).count == 1)
  }

  @Test func damageAmongGoodRecordsIsNamedNotCutOff() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("m")
    let text = "{\"step\":1}\n{\"step\":x}\n{\"step\":2}\n"
    try AtomicFile.write(text, to: path)
    let error = #expect(throws: StorageError.self) { _ = try MetricsLog(path, completedSteps: 2) }
    #expect(error == .badData(path: path, reason: "line 2 is not a record; remove that line"))
    #expect(try readBytes(path) == Array(text.utf8))
  }

  @Test func aMissingFolderIsNamed() throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: StorageError.self) { _ = try MetricsLog(scratch.path("no/m")) }
    #expect(error?.exitStatus == 73)
    #expect(throws: StorageError.self) { try MetricsLog.read(scratch.path("m")) }
  }
}
