import Foundation
import TensorCore
import TestSupport
import Testing

@testable import Storage

/// Every call by which something is saved fails in turn: what was there stays, or the new is there, and the error
/// names the file.
@Suite struct DiskFaultTests {
  private static let old = Array("old".utf8)
  /// More than is written at a time.
  private static let tensor = Tensor((0..<70_000).map { Float($0) }, [70, 1000])
  private static let small = Tensor((0..<100).map { Float($0) }, [100])

  /// As the next process finds the folder: what was left aside is a dead one's.
  private func bury(_ folder: String) throws {
    for name in Folder.names(in: folder) where AtomicFile.isAside(name) {
      let start = try #require(name.ranges(of: ".partial-").last)
      let dead = name[..<start.upperBound] + "\(AtomicFile.place)-2147483647-1"
      try FileManager.default.moveItem(atPath: folder + "/" + name, toPath: folder + "/" + dead)
    }
  }

  @Test(arguments: ["text", "stream", "safetensors", "npy", "copy"])
  func aFileIsOldOrNew(_ kind: String) throws {
    let source = try ScratchFolder()
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
    try AtomicFile.write(bytes, to: source.path("source"))
    func write(_ path: String) throws {
      switch kind {
      case "text": try AtomicFile.write("new", to: path)
      case "stream":
        try AtomicFile.stream(to: path) { sink throws(StorageError) in
          for _ in 0..<3 { try sink.write(bytes) }
        }
      case "safetensors": try Safetensors.write([("w", Self.tensor)], to: path)
      case "npy": try Npy.write(Self.tensor, to: path)
      default: try AtomicFile.copy(source.path("source"), to: path)
      }
    }
    let whole = source.path("whole")
    try write(whole)
    let new = try readBytes(whole)
    let count = try withEveryDiskFault {
      try AtomicFile.write(Self.old, to: $0 + "/a")
    } work: {
      try write($0 + "/a")
    } check: { folder, call in
      let path = folder + "/a"
      let content = try readBytes(path)
      // Only where the folder itself could not be waited for is the new content there already.
      #expect(content == Self.old || (content == new && call.path == folder), "\(call)")
      let failure = try #require(call.storageError, "\(call)")
      #expect([path, folder].contains(failure.path), "\(call): \(failure)")
      #expect([73, 74].contains(failure.exitStatus) && failure.reason.contains("; "), "\(failure)")
      if call.fault == .full {
        #expect(failure.reason.hasPrefix("no space left"), "\(call): \(failure)")
      }
      if call.fault != .killed { #expect(Folder.names(in: folder) == ["a"], "\(call)") }
      try bury(folder)
      AtomicFile.removeLeftovers(of: path)
      #expect(Folder.names(in: folder) == ["a"], "\(call)")
    }
    // Opening, writing, waiting, renaming, waiting for the folder, and what is tidied up.
    #expect(count >= 3 * 5)
  }

  private func publish(_ folder: CheckpointFolder, _ step: Int) throws {
    try folder.publish(step: step) { draft throws(StorageError) in
      try draft.write(
        "weights.safetensors", [("w", Self.small), ("s", Tensor([Float(step)], [1]))])
      try draft.write("state.json", "{\"step\":\(step)}")
    }
  }

  private func checkCheckpoints(_ root: String, _ call: FailedCall) throws {
    let folder = CheckpointFolder(root + "/checkpoints")
    let (newest, damaged) = try folder.newest()
    #expect(newest == 2 || newest == 3, "\(call)")
    #expect(damaged.isEmpty, "\(call)")
    // Two are there at any time.
    #expect(try folder.steps.count >= 2, "\(call)")
    if let failure = call.storageError {
      #expect(failure.path.hasPrefix(folder.path), "\(call): \(failure)")
      #expect(!failure.path.contains(".partial-"), "\(failure)")
      #expect([73, 74].contains(failure.exitStatus) && failure.reason.contains("; "))
    } else {
      #expect(newest == 3, "\(call)")
    }
    // What the next start of the run does.
    try AtomicDirectory.removeLeftovers(in: folder.path)
    #expect(Folder.names(in: folder.path).allSatisfy { $0.hasPrefix("step-") }, "\(call)")
    try publish(folder, 4)
    #expect(try folder.newest().step == 4)
    #expect(try folder.steps.count == 2)
  }

  @Test func aCompleteCheckpointIsAlwaysThere() throws {
    let count = try withEveryDiskFault { root in
      let folder = CheckpointFolder(root + "/checkpoints")
      for step in [1, 2] { try publish(folder, step) }
    } work: {
      try publish(CheckpointFolder($0 + "/checkpoints"), 3)
    } check: {
      try checkCheckpoints($0, $1)
    }
    #expect(count >= 3 * 12)
  }

  private func stage(_ root: String) throws {
    let folder = try StagedFolder(root + "/out")
    do {
      try Safetensors.write([("w", Self.small)], to: folder.draft + "/model.safetensors")
      try Folder.create(folder.draft + "/masks")
      try AtomicFile.write("text", to: folder.draft + "/masks/a.txt")
      try folder.publish()
    } catch {
      folder.discard()
      throw folder.named(error)
    }
  }

  private func checkStaged(_ root: String, _ call: FailedCall, isThere: Bool) throws {
    let all = ["masks", "model.safetensors"]
    let found = Folder.names(in: root + "/out").filter { !$0.hasPrefix(".") }
    // Names move one by one into a folder that was there: a kill in between leaves the first of them.
    let isPart = isThere && call.fault == .killed && call.kind == .rename && found.count == 1
    #expect(found.isEmpty || found == all || isPart, "\(call)")
    if call.error == nil { #expect(!found.isEmpty, "\(call)") }
    if let failure = call.storageError {
      #expect(!failure.path.contains(".partial-"), "\(call): \(failure)")
    }
    if isPart {
      // The next process moves the rest, and then finds the place taken.
      try bury(root + "/out")
      #expect(throws: StorageError.self) { try StagedFolder(root + "/out") }
      #expect(Folder.names(in: root + "/out") == all, "\(call)")
    }
    guard found.isEmpty else { return }
    try bury(isThere ? root + "/out" : root)
    if isThere, Folder.names(in: root + "/out").contains(where: { $0.hasPrefix(".whole.") }) {
      // Complete, and killed before the first name was moved.
      #expect(throws: StorageError.self) { try StagedFolder(root + "/out") }
      #expect(Folder.names(in: root + "/out") == all, "\(call)")
      return
    }
    let folder = try StagedFolder(root + "/out")
    try AtomicFile.write("text", to: folder.draft + "/b.txt")
    try folder.publish()
    #expect(Folder.names(in: root + "/out") == ["b.txt"], "\(call)")
    #expect(Folder.names(in: root) == ["out"], "\(call)")
  }

  @Test(arguments: [false, true]) func aStagedFolderIsWholeOrAbsent(_ isThere: Bool) throws {
    try withEveryDiskFault { root in
      if isThere { try Folder.create(root + "/out") }
    } work: {
      try stage($0)
    } check: {
      try checkStaged($0, $1, isThere: isThere)
    }
  }

  @Test func shortAndInterruptedCallsAreGoneOnWith() throws {
    let scratch = try ScratchFolder()
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try withShortWrites(below: scratch.path, bytes: 3) {
      try AtomicFile.write(bytes, to: scratch.path("a"))
      try publish(CheckpointFolder(scratch.path("c")), 5)
      let rows = try NpyRowWriter(scratch.path("rows.npy"), columns: 2)
      try rows.append([1, 2, 3, 4])
      try rows.sync()
      let text = try GrowingText(scratch.path("text"))
      try text.append("one")
      try text.append("two")
    }
    #expect(try readBytes(scratch.path("a")) == bytes)
    #expect(try CheckpointFolder(scratch.path("c")).newest().step == 5)
    #expect(try Npy.read(scratch.path("rows.npy")).array == [1, 2, 3, 4])
    #expect(try readBytes(scratch.path("text")) == Array("onetwo".utf8))
  }

  /// The first process of every container has the same number: what an earlier one left is not one's own.
  @Test func whatAProcessOfTheSameNumberLeftIsRemoved() throws {
    let scratch = try ScratchFolder()
    let place = AtomicFile.place
    let names = ["1", "0", "77"].map { ".a.partial-\(place)-\(getpid())-\($0)" }
    for name in names {
      try FileManager.default.createDirectory(
        atPath: scratch.path(name), withIntermediateDirectories: true)
    }
    let others = [".b.partial-\(place)-2147483647-1", ".a.partial-\(place)-1-1"]
    for name in others { try Folder.create(scratch.path(name)) }
    let mine = AtomicFile.asideName(for: scratch.path("a"))
    try Folder.create(mine)
    try AtomicFile.write("new", to: scratch.path("a"))
    AtomicFile.removeLeftovers(of: scratch.path("a"))
    // Those of a living process, of another name, and of one's own stay.
    #expect(
      Set(Folder.names(in: scratch.path))
        == Set(others + ["a", Folder.lastName(of: mine)]))
    try AtomicFile.write("new", to: scratch.path("b"))
    #expect(!Folder.names(in: scratch.path).contains(others[0]))
  }

  /// A process number of another machine or container says nothing here: its file may be written on. Nor is its name
  /// taken, or its draft of a folder thought to be this one's.
  @Test func whatAnotherPlaceWritesIsLeftAlone() throws {
    let scratch = try ScratchFolder()
    let numbers = "2147483647-1"
    let others = ["0123456789abxf0000000", String(AtomicFile.place.dropLast()), ""].flatMap {
      [".a.partial-\($0)-\(numbers)", ".a.partial-\($0)-\(getpid())-1"]
    }
    for name in others { try Folder.create(scratch.path(name)) }
    try AtomicFile.write("new", to: scratch.path("a"))
    AtomicFile.removeLeftovers(of: scratch.path("a"))
    #expect(Set(Folder.names(in: scratch.path)) == Set(others + ["a"]))
    // The same names for the same process, others elsewhere.
    #expect(AtomicFile.asideName(for: "a").contains(".partial-\(AtomicFile.place)-\(getpid())-"))
    #expect(AtomicFile.place.count > 12 && !AtomicFile.place.contains("-"))
  }

  @Test func aFolderThatWentAwayIsNoticed() throws {
    let scratch = try ScratchFolder()
    let run = scratch.path("run")
    try Folder.create(run)
    let lock = try RunLock(run)
    try lock.check()
    try FileManager.default.moveItem(atPath: run, toPath: scratch.path("elsewhere"))
    for attempt in 0..<2 {
      let error = #expect(throws: StorageError.self) { try lock.check() }
      #expect(error?.path == run && error?.exitStatus == 74, "attempt \(attempt)")
      // Nor is another folder taken for it.
      try Folder.create(run)
      try AtomicFile.write("1", to: run + "/.lock")
    }
  }

  @Test func damagedCheckpointsAreSetAside() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("c"))
    for step in [1, 2] { try publish(folder, step) }
    #expect(try folder.setAside(step: 2) == "step-2.damaged")
    #expect(try folder.steps == [1])
    // It counts as none of those that are kept, and gives way to a later one.
    for step in [2, 3] { try publish(folder, step) }
    _ = try folder.setAside(step: 2)
    #expect(Folder.names(in: folder.path) == ["step-2.damaged", "step-3"])
  }
}
