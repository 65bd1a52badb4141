import Foundation
import Media
import Testing

/// Matroska files that are continued in other files, by the segments' numbers and by the files' names: a player may look
/// for those beside them, we never do.
@Suite struct LinkedSegmentTests {
  @Test(arguments: ["on", "off"]) func otherSegmentsAreNotLookedFor(_ isolation: String) throws {
    let folder = try TemporaryFolder()
    let secret = folder.file("secret.mkv")
    let linked = folder.file("linked.mkv")
    try write(to: secret, own: 1, links: nil)
    try write(to: linked, own: 2, links: (uid: 1, name: "secret.mkv"))
    let watch = try #require(Watch([secret]))
    let outcome = try Binary.run("scan", linked, "--isolation", isolation)
    #expect(outcome.status == 0 && outcome.output.contains("ok "), "\(outcome.output)")
    #expect(outcome.output.contains("32x16"), "\(outcome.output)")
    let embedded = try Binary.run(
      "embed", linked, "--model", "pixels", "--quiet", "--out", folder.file("E.npy"), "--isolation",
      isolation)
    #expect(embedded.status == 0, "\(embedded.errors)")
    #expect(watch.opened().isEmpty)
    // Its own four pictures, and none of the other file.
    let table = try String(contentsOfFile: folder.file("E.csv"), encoding: .utf8)
    #expect(table.contains("linked.mkv,0.0,1.0"), "\(table)")
  }

  /// A Matroska file of four JPEG pictures, a quarter of a second each.
  private func write(
    to path: String, own: UInt8, links: (uid: UInt8, name: String)?
  ) throws {
    func uid(_ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: 16) }
    var info =
      element(0x73A4, uid(own)) + element(0x2AD7B1, [0x0F, 0x42, 0x40])
      + element(0x4489, [0x44, 0x7A, 0, 0]) + element(0x4D80, Array("x".utf8))
      + element(0x5741, Array("x".utf8))
    var chapters: [UInt8] = []
    if let links {
      // The next and the former segment, by number and by name, and an ordered chapter that lies in another segment.
      info += element(0x3EB923, uid(links.uid)) + element(0x3E83BB, Array(links.name.utf8))
      info += element(0x3CB923, uid(links.uid)) + element(0x3C83AB, Array(links.name.utf8))
      let atom =
        element(0x73C4, [7]) + element(0x91, [0]) + element(0x92, [0x3B, 0x9A, 0xCA, 0])
        + element(0x6E67, uid(links.uid))
      chapters = element(
        0x1043_A770,
        element(0x45B9, element(0x45BC, [9]) + element(0x45DD, [1]) + element(0xB6, atom)))
    }
    let track = element(
      0xAE,
      element(0xD7, [1]) + element(0x73C5, [1]) + element(0x83, [1])
        + element(0x86, Array("V_MJPEG".utf8)) + element(0x23E383, [0x0E, 0xE6, 0xB2, 0x80])
        + element(0xE0, element(0xB0, [32]) + element(0xBA, [16])))
    var blocks: [UInt8] = element(0xE7, [0])
    for frame in 0..<4 {
      let pixels = [UInt8](repeating: UInt8(40 * frame), count: 32 * 16 * 3)
      let jpeg = try ImageWriter.jpeg(pixels, width: 32, height: 16, quality: 5, name: path)
      let time = frame * 250
      blocks += element(0xA3, [0x81, UInt8(time >> 8), UInt8(time & 255), 0x80] + jpeg)
    }
    let head = element(
      0x1A45_DFA3,
      element(0x4282, Array("matroska".utf8)) + element(0x4287, [4]) + element(0x4285, [2]))
    let segment = element(
      0x1853_8067,
      element(0x1549_A966, info) + element(0x1654_AE6B, track) + chapters
        + element(0x1F43_B675, blocks))
    try Data(head + segment).write(to: URL(fileURLWithPath: path))
  }

  /// One EBML element: its number, its size in four bytes, its content.
  private func element(_ id: UInt32, _ content: [UInt8]) -> [UInt8] {
    let number = (0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * $0)) }.drop { $0 == 0 }
    let size = UInt32(content.count) | 0x1000_0000
    return number + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + content
  }
}
