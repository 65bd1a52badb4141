import Evaluation
import Foundation
import Media
import TestSupport
import Testing

@Suite struct StillImageTests {
  @Test func masksComeBackAsTheyWere() throws {
    let folder = try ScratchFolder()
    let indices = (0..<35).map { UInt8($0 * 7 % 256) }
    try ImageWriter.writeIndexedPNG(indices, width: 7, height: 5, to: folder.path("a.png"))
    #expect(try MaskReader().read(folder.path("a.png")).pixels == indices)
    // Coloured: DAVIS's colours by its palette; others in order, kept for the next mask.
    try ImageWriter.writePNG(
      [0, 0, 0, 128, 0, 0, 0, 128, 0], width: 3, height: 1, to: folder.path("b.png"))
    #expect(try MaskReader().read(folder.path("b.png")).pixels == [0, 1, 2])
    let reader = MaskReader()
    try ImageWriter.writePNG(
      [0, 0, 0, 9, 9, 9, 1, 2, 3], width: 3, height: 1, to: folder.path("c.png"))
    #expect(try reader.read(folder.path("c.png")).pixels == [0, 2, 1])
    try ImageWriter.writePNG(
      [9, 9, 9, 0, 0, 0, 5, 5, 5], width: 3, height: 1, to: folder.path("d.png"))
    #expect(try reader.read(folder.path("d.png")).pixels == [2, 0, 3])
    // Those that come after the palette's take no number of theirs, nor the other way round.
    let palette = MaskReader()
    #expect(try palette.read(folder.path("b.png")).pixels == [0, 1, 2])
    try ImageWriter.writePNG(
      [9, 9, 9, 128, 0, 0, 0, 128, 0], width: 3, height: 1, to: folder.path("e.png"))
    #expect(try palette.read(folder.path("e.png")).pixels == [3, 1, 2])
    try ImageWriter.writePNG(
      [128, 128, 0, 0, 0, 128], width: 2, height: 1, to: folder.path("f.png"))
    #expect(try palette.read(folder.path("f.png")).pixels == [5, 4])
  }

  /// Cut anywhere, or with any byte changed, a PNG is refused or reads as a picture of its size; never a trap.
  @Test func damageIsRefused() throws {
    let folder = try ScratchFolder()
    let path = folder.path("a.png")
    try ImageWriter.writeIndexedPNG(
      (0..<600).map { UInt8($0 % 5) }, width: 30, height: 20, to: path)
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    func fails(_ bytes: [UInt8]) throws -> Bool {
      try Data(bytes).write(to: URL(filePath: path))
      do {
        let image = try StillImage(path: path)
        #expect(image.width == 30 && image.height == 20)
        return false
      } catch {
        #expect("\(error)".contains(path))
        return true
      }
    }
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(try fails(Array(whole[..<length])), "cut at \(length)")
    }
    // A changed pixel byte breaks the checksum.
    var broken = whole
    broken[whole.count - 30] ^= 0x55
    #expect(try fails(broken))
    for at in stride(from: 0, to: whole.count, by: 5) {
      var changed = whole
      changed[at] ^= 0xFF
      _ = try fails(changed)
    }
  }
}
