import Foundation
import Storage
import TestSupport
import Testing

@Suite struct StagedFolderTests {
  @Test(arguments: ["new", "new/", "above/new"])
  func appearsWhole(_ name: String) throws {
    let scratch = try ScratchFolder()
    let folder = try StagedFolder(scratch.path(name))
    try AtomicFile.write("text", to: folder.draft + "/a.txt")
    #expect(!Folder.exists(scratch.path(name)))
    try folder.publish()
    #expect(Folder.names(in: scratch.path(name)) == ["a.txt"])
    #expect(!Folder.exists(folder.draft))
  }

  /// The folder itself stays: it may be mounted, or where the user stands.
  @Test func anEmptyFolderIsFilled() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("here")
    try Folder.create(path)
    let living = ".draft.partial-\(AtomicFile.place)-1-1"
    try Folder.create(path + "/" + living)
    func number() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }
    let before = try number()
    let folder = try StagedFolder(path)
    try Folder.create(folder.draft + "/masks")
    try AtomicFile.write("text", to: folder.draft + "/a.txt")
    try folder.publish()
    #expect(Folder.names(in: path) == [living, "a.txt", "masks"])
    #expect(try number() == before)
  }

  @Test func whatIsDiscardedWasNeverThere() throws {
    let scratch = try ScratchFolder()
    let folder = try StagedFolder(scratch.path("new"))
    try AtomicFile.write("text", to: folder.draft + "/a.txt")
    folder.discard()
    #expect(Folder.names(in: scratch.path).isEmpty)
  }

  @Test func aFolderThatHoldsSomethingIsRefused() throws {
    let scratch = try ScratchFolder()
    try Folder.create(scratch.path("used"))
    try AtomicFile.write("mine", to: scratch.path("used/notes.txt"))
    for path in [scratch.path("used"), scratch.path("used/notes.txt")] {
      let error = #expect(throws: StorageError.self) { try StagedFolder(path) }
      #expect(error?.exitStatus == 73 && error?.path == path)
    }
    // Also where it came while the draft was written.
    let folder = try StagedFolder(scratch.path("new"))
    try Folder.create(scratch.path("new/other"))
    let error = #expect(throws: StorageError.self) { try folder.publish() }
    #expect(error?.exitStatus == 73 && error?.path == scratch.path("new"))
    folder.discard()
    #expect(Folder.names(in: scratch.path) == ["new", "used"])
  }

  /// A process that was killed could not remove its draft; one that lives is left alone.
  /// What another machine was moving into its place, or this one before it was started anew, is neither moved nor passed over.
  @Test func whatIsHalfMovedElsewhereIsNamed() throws {
    let scratch = try ScratchFolder()
    let left = ".whole.partial-0123456789abx1-1-1"
    try Folder.create(scratch.path("new/" + left))
    let error = #expect(throws: StorageError.self) { try StagedFolder(scratch.path("new")) }
    #expect(error.map { "\($0)".contains(left) } == true)
    #expect(Folder.names(in: scratch.path("new")) == [left])
  }

  @Test(arguments: [false, true]) func draftsOfDeadProcessesGo(_ isThere: Bool) throws {
    let scratch = try ScratchFolder()
    if isThere { try Folder.create(scratch.path("new")) }
    let place = isThere ? "new/.draft" : ".new"
    // Process numbers end below this one.
    let here = AtomicFile.place
    for name in ["partial-\(here)-2147483647-0", "partial-\(here)-1-0", "partial-notes"] {
      try Folder.create(scratch.path("\(place).\(name)"))
    }
    let folder = try StagedFolder(scratch.path("new"))
    folder.discard()
    let left = Folder.names(in: isThere ? scratch.path("new") : scratch.path)
    let stem = Folder.lastName(of: place)
    #expect(left == ["\(stem).partial-\(here)-1-0", "\(stem).partial-notes"])
  }

  /// A process that has ended, but whose parent has not noticed yet, is dead.
  @Test func draftsOfProcessesThatHaveEndedGo() throws {
    let scratch = try ScratchFolder()
    var child: pid_t = 0
    let status = "/bin/true".withCString { path -> Int32 in
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
      defer { free(arguments[0]) }
      return posix_spawn(&child, path, nil, nil, &arguments, nil)
    }
    try #require(status == 0)
    var ended = siginfo_t()
    // Waits for the end and leaves the process to be noticed.
    try #require(waitid(P_PID, id_t(child), &ended, WEXITED | WNOWAIT) == 0)
    defer { waitpid(child, nil, 0) }
    try Folder.create(scratch.path(".new.partial-\(AtomicFile.place)-\(child)-0"))
    try StagedFolder(scratch.path("new")).discard()
    #expect(Folder.names(in: scratch.path).isEmpty)
  }

  @Test func errorsNameTheFileAsTheUserKnowsIt() throws {
    let scratch = try ScratchFolder()
    let folder = try StagedFolder(scratch.path("new"))
    defer { folder.discard() }
    let error = StorageError.inputOutput(path: folder.draft + "/a.txt", reason: "full")
    #expect(folder.named(error) == .inputOutput(path: scratch.path("new/a.txt"), reason: "full"))
    #expect(folder.named("/elsewhere/a.txt") == "/elsewhere/a.txt")
  }
}
