import Foundation
import TestSupport
import Testing

/// Readers of bytes from outside, without a fuzzer: what our writers make is accepted, and what was made to break a
/// reader is refused or accepted, but breaks none.
@Suite struct ParserTests {
  private static let home = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The files of `corpus/NAME` and `found/NAME`.
  private func kept(_ name: String) throws -> [URL] {
    try ["corpus", "found"].flatMap { place -> [URL] in
      let folder = Self.home.appending(path: "\(place)/\(name)")
      guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
      return try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil
      )
      .sorted { $0.path < $1.path }
    }
  }

  @Test(arguments: Parser.all.map(\.name))
  func whatWeWriteIsReadAndNothingBreaksAReader(name: String) throws {
    let parser = try #require(Parser.all.first { $0.name == name })
    let scratch = try ScratchFolder()
    let seeds = try Seeds.of(name, in: try ScratchFolder())
    #expect(!seeds.isEmpty)
    for (number, seed) in seeds.enumerated() {
      #expect(try parser.check(seed, in: scratch.path), "seed \(number) of \(name)")
      // Cut anywhere, and with any byte changed.
      for length in stride(from: 0, to: seed.count, by: max(1, seed.count / 200)) {
        try parser.check(Array(seed.prefix(length)), in: scratch.path)
        var changed = seed
        for value: UInt8 in [0, 0x22, 0x39, 0x7F, 0xFF] {
          changed[length] = value
          try parser.check(changed, in: scratch.path)
        }
      }
    }
    let files = try kept(name)
    #expect(!files.isEmpty, "\(name) has no corpus")
    for file in files { try parser.check([UInt8](try Data(contentsOf: file)), in: scratch.path) }
  }

  @Test func everyCorpusHasAParser() throws {
    for place in ["corpus", "found"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: Self.home.path + "/" + place)
      #expect(Set(names).isSubset(of: Parser.all.map(\.name)), "\(place): \(names)")
    }
  }

  /// Writes the seeds as corpora: `PALINDROME_SEEDS=Fuzz/corpus swift test -c release --filter writeSeeds`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["PALINDROME_SEEDS"] != nil))
  func writeSeeds() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["PALINDROME_SEEDS"])
    for parser in Parser.all {
      let own = "\(folder)/\(parser.name)"
      try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
      for (number, seed) in try Seeds.of(parser.name, in: try ScratchFolder()).enumerated() {
        try Parser.put(seed, at: "\(own)/seed-\(number)")
      }
    }
  }
}
