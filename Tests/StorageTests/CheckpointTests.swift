import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private func publish(_ folder: CheckpointFolder, _ step: Int) throws {
    try folder.publish(step: step) { draft throws(StorageError) in
      try draft.write("state.json", "{\"step\":\(step)}")
      try draft.write("model.safetensors", [("w", Tensor([1, 2, Float(step)], [3]))])
    }
  }

  @Test func publishesAndKeepsTheNewestTwo() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("run/checkpoints"))
    #expect(try folder.newest().step == nil)
    for step in [5, 10, 100, 20] { try publish(folder, step) }
    #expect(try folder.steps == [20, 100])
    #expect(Folder.names(in: folder.path) == ["step-100", "step-20"])
    #expect(try folder.newest().step == 100)
    #expect(
      Folder.names(in: folder.path(step: 20)) == [
        "manifest.json", "model.safetensors", "state.json",
      ])
    let files = try AtomicDirectory.verify(folder.path(step: 20))
    #expect(
      files["state.json"]
        == FileDigest(size: 11, sha256: SHA256.hex(Array("{\"step\":20}".utf8))))
  }

  @Test func replacesACheckpointOfTheSameStep() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("c"))
    try publish(folder, 1)
    try folder.publish(step: 1) { draft throws(StorageError) in try draft.write("other", "x") }
    #expect(Folder.names(in: folder.path) == ["step-1"])
    #expect(Folder.names(in: folder.path(step: 1)) == ["manifest.json", "other"])
  }

  @Test func aFailureLeavesNothing() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("c"))
    try publish(folder, 1)
    let error = #expect(throws: StorageError.self) {
      try folder.publish(step: 2) { draft throws(StorageError) in
        try draft.write("a", "x")
        try draft.write("b") { sink throws(StorageError) in
          throw .inputOutput(path: sink.path, reason: "as if the disk failed")
        }
      }
    }
    #expect(error?.path == folder.path(step: 2) + "/b")
    #expect(Folder.names(in: folder.path) == ["step-1"])
  }

  @Test func damageIsFoundAndNamedAndAnOlderOneServes() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("c"))
    try publish(folder, 1)
    try publish(folder, 2)
    let model = folder.path(step: 2) + "/model.safetensors"
    var bytes = try readBytes(model)
    bytes[bytes.count - 1] ^= 1
    try AtomicFile.write(bytes, to: model)
    // The size still fits: only the hash tells.
    try AtomicDirectory.verify(folder.path(step: 2), hashes: false)
    var found = try folder.newest()
    #expect(found.step == 1)
    #expect(found.damaged.map(\.step) == [2])
    #expect(found.damaged.first?.error.path == model)
    try AtomicFile.write(Array(bytes.dropLast()), to: model)
    #expect(throws: StorageError.self) {
      try AtomicDirectory.verify(folder.path(step: 2), hashes: false)
    }
    try Folder.remove(model)
    found = try folder.newest()
    #expect(found.damaged.first?.error.exitStatus == 66)
  }

  @Test(arguments: [
    "", "{", "[]", #"{"version":2,"files":{}}"#, #"{"version":1}"#,
    #"{"version":1,"files":{"../x":{"size":0,"sha256":""}}}"#,
    #"{"version":1,"files":{"x":{"size":"0","sha256":""}}}"#,
    #"{"version":1,"files":{"x":{"size":0}}}"#,
    #"{"version":1,"files":{"x":1}}"#,
  ])
  func aHostileManifestIsRefused(text: String) throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write(text, to: scratch.path("manifest.json"))
    let error = #expect(throws: StorageError.self) { try AtomicDirectory.verify(scratch.path) }
    #expect(error?.exitStatus == 65)
  }

  @Test func leftoversGoAndDamagedOnesDoNotCountAsKept() throws {
    let scratch = try ScratchFolder()
    let folder = CheckpointFolder(scratch.path("c"))
    for step in [1, 2] { try publish(folder, step) }
    try Folder.create(folder.path + "/.step-3.partial-99-1")
    try AtomicFile.write("x", to: folder.path + "/.step-3.partial-99-1/a")
    try Folder.create(folder.path + "/step-9")
    try Folder.create(folder.path + "/step-07")
    #expect(try folder.steps == [1, 2, 9])
    try folder.prune(keeping: 2)
    try AtomicDirectory.removeLeftovers(in: folder.path)
    #expect(Folder.names(in: folder.path) == ["step-07", "step-1", "step-2", "step-9"])
  }

  @Test func aFolderThatCannotBeReadIsNoFreshStart() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("", to: scratch.path("checkpoints"))
    let error = #expect(throws: StorageError.self) {
      _ = try CheckpointFolder(scratch.path("checkpoints")).newest()
    }
    #expect(error?.exitStatus == 66)
  }

  @Test func aSecondWriterIsRefusedByName() throws {
    let scratch = try ScratchFolder()
    do {
      let lock = try RunLock(scratch.path)
      let error = #expect(throws: StorageError.self) { _ = try RunLock(scratch.path) }
      #expect(error?.path == scratch.path)
      #expect(error?.reason.contains("process \(getpid()) is writing") == true)
      #expect(error?.exitStatus == 73)
      withExtendedLifetime(lock) {}
    }
    _ = try RunLock(scratch.path)
    #expect(throws: StorageError.self) { _ = try RunLock(scratch.path("absent")) }
  }

  /// A process that is just being started still has the lock's file open when the lock is given back.
  @Test func aLockThatIsGivenBackIsFree() throws {
    let scratch = try ScratchFolder()
    var inherited: Int32 = -1
    do {
      let lock = try RunLock(scratch.path)
      let descriptor = Self.descriptor(of: scratch.path(".lock"))
      inherited = dup(try #require(descriptor))
      withExtendedLifetime(lock) {}
    }
    defer { _ = close(inherited) }
    #expect(inherited >= 0)
    _ = try RunLock(scratch.path)
  }

  /// A descriptor of this process that the file at `path` is open at.
  private static func descriptor(of path: String) -> Int32? {
    var wanted = stat()
    guard stat(path, &wanted) == 0 else { return nil }
    return Folder.names(in: "/proc/self/fd").compactMap(Int32.init).first { number in
      var found = stat()
      return fstat(number, &found) == 0 && found.st_dev == wanted.st_dev
        && found.st_ino == wanted.st_ino
    }
  }
}
