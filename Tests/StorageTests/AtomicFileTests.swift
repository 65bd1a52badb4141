import Foundation
import Storage
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func replacesAFileAndLeavesNothingBeside() throws {
    let folder = try ScratchFolder()
    let path = folder.path("a.txt")
    try AtomicFile.write("one", to: path)
    try AtomicFile.write("two", to: path)
    #expect(try readBytes(path) == Array("two".utf8))
    #expect(Folder.names(in: folder.path) == ["a.txt"])
  }

  @Test func streamsMoreThanItsBufferAndHashesIt() throws {
    let folder = try ScratchFolder()
    let path = folder.path("long")
    var expected: [UInt8] = []
    let digest = try AtomicFile.stream(to: path) { sink throws(StorageError) in
      for size in [1, 300_000, 0, 100, 262_144, 5, 262_143] {
        let part = [UInt8](repeating: UInt8(size & 255), count: size)
        expected += part
        try sink.write(part)
      }
    }
    #expect(try readBytes(path) == expected)
    #expect(digest == FileDigest(size: expected.count, sha256: SHA256.hex(expected)))
    #expect(try FileDigest(of: path) == digest)
  }

  @Test func aFailingBodyKeepsTheOldContent() throws {
    let folder = try ScratchFolder()
    let path = folder.path("a.txt")
    try AtomicFile.write("old", to: path)
    #expect(throws: StorageError.self) {
      try AtomicFile.stream(to: path) { sink throws(StorageError) in
        try sink.write("new")
        throw .inputOutput(path: sink.path, reason: "as if the disk failed")
      }
    }
    #expect(try readBytes(path) == Array("old".utf8))
    #expect(Folder.names(in: folder.path) == ["a.txt"])
  }

  @Test func writesToANameWithoutFolder() throws {
    // Resolved against the current folder: the name aside must not land in the root.
    let error = #expect(throws: StorageError.self) { try AtomicFile.write("x", to: "no/such/x") }
    #expect(error?.path == "no/such/x")
  }

  @Test func aMissingFolderIsNamed() throws {
    let folder = try ScratchFolder()
    let path = folder.path("absent/a.txt")
    let error = #expect(throws: StorageError.self) { try AtomicFile.write("x", to: path) }
    #expect(error == .cannotCreate(path: path, reason: "no such file or folder; check the path"))
    #expect(error?.exitStatus == 73)
  }

  @Test func aFileInThePlaceOfAFolderIsNamed() throws {
    let folder = try ScratchFolder()
    try AtomicFile.write("x", to: folder.path("file"))
    for attempt in [
      { try AtomicFile.write("x", to: folder.path("file/below")) },
      { try Folder.create(folder.path("file/below")) },
    ] {
      let error = #expect(throws: StorageError.self) { try attempt() }
      #expect(error?.path.hasPrefix(folder.path("file")) == true)
      #expect(error?.exitStatus == 73)
    }
  }

  @Test func aFolderInThePlaceOfAFileIsNamed() throws {
    let folder = try ScratchFolder()
    try Folder.create(folder.path("a/b"))
    let error = #expect(throws: StorageError.self) {
      try AtomicFile.write("x", to: folder.path("a"))
    }
    #expect(error?.exitStatus == 73)
    #expect(Folder.names(in: folder.path) == ["a"])
  }

  // The superuser may write anywhere, so the permission is only tested for others.
  @Test(.enabled(if: geteuid() != 0))
  func aReadOnlyFolderIsNamed() throws {
    let folder = try ScratchFolder()
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o755) }
    let error = #expect(throws: StorageError.self) {
      try AtomicFile.write("x", to: folder.path("a"))
    }
    #expect(error?.exitStatus == 73)
    #expect(error?.reason.contains("permission denied") == true)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsNamed() throws {
    let file = try OpenFile.appending("/dev/full")
    do {
      try file.write(Array("x".utf8))
      Issue.record("writing to a full disk went well")
    } catch {
      #expect(error.exitStatus == 74)
      #expect(error.description.contains("/dev/full: no space left on the disk; free some"))
    }
  }

  @Test func aMissingOrOddInputIsNamed() throws {
    let folder = try ScratchFolder()
    #expect(throws: StorageError.self) { try readBytes(folder.path("absent")) }
    #expect(throws: StorageError.self) { try readBytes(folder.path) }
    #expect(mkfifo(folder.path("pipe"), 0o644) == 0)
    let error = #expect(throws: StorageError.self) { try readBytes(folder.path("pipe")) }
    #expect(error?.exitStatus == 66)
    try AtomicFile.write("12345", to: folder.path("five"))
    #expect(throws: StorageError.self) { try readBytes(folder.path("five"), limit: 4) }
  }

  @Test func descriptionsAreOneLine() {
    let error = StorageError.noInput(path: "a\nb\u{1B}[31m", reason: "gone")
    #expect(error.description == "a?b?[31m: gone")
  }

  @Test func pathsAreTakenApart() {
    #expect(Folder.parent(of: "a") == ".")
    #expect(Folder.parent(of: "/a") == "/")
    #expect(Folder.parent(of: "a/b/") == "a")
    #expect(Folder.lastName(of: "a/b/") == "b")
  }
}

@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(message: String, hash: String) {
    #expect(SHA256.hex(Array(message.utf8)) == hash)
  }

  @Test func aMillionLetters() {
    #expect(
      SHA256.hex([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesMakeTheSameHash() {
    let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for size in [1, 63, 64, 65, 130] {
      var hash = SHA256()
      for start in stride(from: 0, to: message.count, by: size) {
        message[start..<min(message.count, start + size)].withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == SHA256.hex(message), "pieces of \(size)")
    }
  }
}
