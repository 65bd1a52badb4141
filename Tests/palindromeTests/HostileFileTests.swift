import Foundation
import Settings
import Testing

/// Files that name other files: playlists and scripts disguised as media, and containers with references. They are
/// refused or give what they hold themselves, and nothing that they name is opened.
@Suite struct HostileFileTests {
  private static let clip =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips/ball/ball-01.mp4"
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Texts that make FFmpeg open `secret`, which lies beside them, where nobody stops it.
  private static func texts(_ secret: String) -> [String: String] {
    [
      "concat.mp4": "ffconcat version 1.0\nfile '\(secret)'\nduration 1\n",
      "concat.ffconcat": "ffconcat version 1.0\nfile secret.mp4\n",
      "hls.mp4":
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsecret.mp4\n#EXT-X-ENDLIST\n",
      "hls.ts":
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:\(secret)\n#EXTINF:4,\n"
        + "http://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
      "hls.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsecret.mp4\n",
      "dash.mp4":
        "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
        + "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period><AdaptationSet>"
        + "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>secret.mp4</BaseURL>"
        + "</Representation></AdaptationSet></Period></MPD>\n",
      "session.mp4":
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
        + "a=rtpmap:96 H264/90000\n",
      "smil.mp4":
        "<?xml version=\"1.0\"?>\n<imf:AssetMap xmlns:imf=\"x\"><Path>secret.mp4</Path></imf:AssetMap>\n",
      "subtitles.mkv":
        "1\n00:00:00,000 --> 00:00:01,000\n{\\img secret.mp4}\n\n",
      "sub.mp4":
        "[Script Info]\nScriptType: v4.00+\nAudio File: secret.mp4\nVideo File: secret.mp4\n"
        + "[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,x\n",
      "vector.mp4":
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">"
        + "<image href=\"secret.mp4\" width=\"9\" height=\"9\"/></svg>\n",
    ]
  }

  /// The clip with its own frames made a reference to `name` (a `url ` or `alis` entry of `dref`).
  private func reference(_ kind: String, _ name: String) throws -> Data {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.clip)))
    var content = Array(kind.utf8) + [0, 0, 0, 0]
    if kind == "alis" {
      // An alias record one folder up and one down, whose tag of number 2 holds the path.
      var record = [UInt8](repeating: 0, count: 150)
      (record[131], record[133]) = (1, 1)
      let path = Array(name.utf8) + [0]
      record += [0, 2, 0, UInt8(path.count)] + path + (path.count % 2 == 0 ? [] : [0])
      record += [0xFF, 0xFF, 0, 0]
      content += record
    } else {
      content += Array(name.utf8) + [0]
    }
    let entry = Self.number(content.count + 4) + content
    func place(_ word: String) -> Int? {
      let wanted = Array(word.utf8)
      return (0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == wanted }
    }
    let dref = try #require(place("dref"))
    // "url " with the flag that says: in this file.
    let old = 12
    bytes.replaceSubrange(dref + 12..<dref + 12 + old, with: entry)
    let growth = entry.count - old
    for word in ["dref", "dinf", "minf", "mdia", "trak", "moov"] {
      let at = try #require(place(word)) - 4
      let size = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      bytes.replaceSubrange(at..<at + 4, with: Self.number(size + growth))
    }
    return Data(bytes)
  }

  private static func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) }
  }

  @Test(arguments: ["on", "off"]) func nothingThatAFileNamesIsOpened(_ isolation: String) throws {
    let canary = try TemporaryFolder()
    let secret = canary.file("secret.mp4")
    try FileManager.default.copyItem(atPath: Self.clip, toPath: secret)
    let beside = folder.file("secret.mp4")
    let texts = Self.texts(secret)
    for (name, text) in texts { try folder.write(text, to: name) }
    let references = [
      ("url.mp4", "url ", "file://\(secret)"), ("alias.mov", "alis", secret),
      ("relative.mov", "alis", "secret.mp4"),
    ]
    for (name, kind, target) in references {
      try reference(kind, target).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    // Names that would be protocols, or patterns of many files.
    for name in ["http:x.mp4", "concat:secret.mp4", "%03d.mp4", "subfile,,start,0,end,9,,:x.mp4"] {
      try FileManager.default.copyItem(atPath: Self.clip, toPath: folder.file(name))
    }
    try FileManager.default.copyItem(atPath: Self.clip, toPath: beside)
    let watch = try #require(Watch([secret, beside]))

    // Every file by itself: the folder would show the secret that lies in it.
    for name in texts.keys {
      let outcome = try Binary.run("scan", folder.file(name), "--all", "--isolation", isolation)
      #expect(outcome.status == 66, "\(name): \(outcome.output)")
      let line = outcome.output.split(separator: "\n").dropFirst().first ?? ""
      #expect(
        line.hasPrefix("refused") || line.hasPrefix("unreadable") || line.hasPrefix("not media"),
        "\(name): \(line)")
    }
    for (name, _, _) in references {
      _ = try Binary.run("scan", folder.file(name), "--isolation", isolation)
      _ = try Binary.run(
        "embed", folder.file(name), "--model", "pixels", "--quiet", "--out",
        folder.file("\(name)-\(isolation).npy"), "--isolation", isolation)
    }
    for name in ["http:x.mp4", "concat:secret.mp4", "%03d.mp4", "subfile,,start,0,end,9,,:x.mp4"] {
      let outcome = try Binary.run("scan", folder.file(name), "--isolation", isolation)
      #expect(outcome.status == 0, "\(name): \(outcome.output)")
    }
    #expect(watch.opened().isEmpty)
    // The watch does see who opens them.
    _ = try Data(contentsOf: URL(fileURLWithPath: secret))
    #expect(watch.opened() == [secret])
  }
}
