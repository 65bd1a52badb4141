import Foundation
import Media
import Testing

/// How many frames a file tells of: never so few that frames which are there would be called absent.
@Suite(.enabled(if: CommandLineTool.isPresent)) struct ToldFramesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ path: String) throws -> (told: ToldFrames?, count: Int) {
    let reader = try MediaSource().frames(path: path)
    defer { reader.close() }
    var count = 0
    while try reader.next() != nil { count += 1 }
    #expect(reader.damaged == 0)
    return (reader.told, count)
  }

  @Test func containersThatCountAreTakenAtTheirWord() throws {
    for (name, arguments) in [
      ("plain.mp4", []), ("first.mp4", ["-g", "10", "-movflags", "frag_keyframe"]),
    ] {
      let path = try Numbered.make(folder.path(name), seconds: 4, arguments)
      let (told, count) = try read(path)
      #expect(count == 100 && told == ToldFrames(count: 100, most: 115), "\(name)")
    }
  }

  /// The second of two files that were joined is read too, but not told of.
  @Test func containersThatMayBeJoinedTellNothing() throws {
    for (name, arguments) in [("a.mkv", []), ("a.avi", ["-c:v", "mpeg4"])] {
      let path = try Numbered.make(folder.path(name), seconds: 4, arguments)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      try (data + data).write(to: URL(fileURLWithPath: path))
      let (told, count) = try read(path)
      #expect(count == 200 && told == nil, "\(name)")
    }
  }

  /// Recordings whose rate rises after their beginning.
  @Test func framesOfVaryingLengthMayBeMore() throws {
    let plain = try Numbered.make(folder.path("even.mkv"), seconds: 8, ["-bf", "0"])
    for (name, arguments) in [
      ("vfr.mkv", []), ("vfr.mp4", []),
      ("dash.mp4", ["-movflags", "+dash+global_sidx+frag_keyframe"]),
    ] {
      let path = folder.path(name)
      try CommandLineTool.make(
        ["-i", plain, "-c", "copy", "-bsf:v", "setts=ts='if(lt(N,50),N*400,20000+(N-50)*20)'"]
          + arguments, path)
      let (told, count) = try read(path)
      #expect(
        count == 200 && told.map { $0.most >= count } ?? true,
        "\(name): \(String(describing: told))")
    }
  }

  @Test func streamsWithoutALengthTellNothing() throws {
    for name in ["a.ts", "a.h264"] {
      let path = try Numbered.make(folder.path(name), seconds: 2)
      let (told, count) = try read(path)
      #expect(told == nil && count == 50, "\(name)")
    }
  }
}
