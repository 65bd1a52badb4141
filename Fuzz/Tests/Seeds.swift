import Reporting
import Settings
import TensorCore
import TestSupport

@testable import ClipData
@testable import Evaluation
@testable import Media
@testable import SelfTraining
@testable import Storage
@testable import Training

/// Files of each kind that our own writers make; every one of them must be accepted.
enum Seeds {
  static func of(_ parser: String, in scratch: ScratchFolder) throws -> [[UInt8]] {
    switch parser {
    case "json": try [jsonText, configuration().json().text(indented: true)].map { Array($0.utf8) }
    case "csv":
      [
        [["path", "label"], ["a \"b\", c.mp4", "x\r\ny"], ["ü\u{301}\"\u{301}", ""]].map(
          CSVTable.line
        ).joined()
      ]
      .map { Array($0.utf8) }
    case "labels":
      [
        "path,label,group\na.mp4,cat,1\nb.mp4,dog,2\n\"c, d.mp4\",cat,1\n",
        "label,path\n1,a\n2,./b//c\n10,/d\n",
      ]
      .map { Array($0.utf8) }
    case "points":
      ["frame,id,x,y,visible\n0,nose,1.5,2,1\n0,tail,-3,4e1,0\n7,nose,2,2,yes\n"].map {
        Array($0.utf8)
      }
    case "joints":
      [#"{"width":854,"height":480,"frames":[{"frame":0,"points":{"nose":[1.5,2],"tail":[3,4]}}]}"#]
        .map { Array($0.utf8) }
    case "embedding": [embeddingTable]
    case "description": [Array(description.json.text(indented: true).utf8)]
    case "config": [Array(try configuration().json().text(indented: true).utf8)]
    case "state":
      [Array(try encodedJSON(RunState(plan: StepPlan(.minutes(3), stepsPerEpoch: 9))).text().utf8)]
    case "manifest": try manifest(scratch)
    case "metrics": try metrics(scratch)
    case "index": try index(scratch)
    case "safetensors": try safetensors(scratch)
    case "npy": try npy(scratch)
    case "picture": try pictures(scratch)
    case "riff": [Array("RIFF".utf8) + [0xF0, 1, 0, 0] + Array("AVI LIST".utf8)]
    case "segment": try segments(scratch)
    case "protocol": messages
    case "classifier": try classifiers(scratch)
    default: []
    }
  }

  private static let jsonText =
    #"{"a":[1,-2.5e-3,true,null,"\u00e9\ud83d\ude00\n\"\\"],"b":{"c":{}},"d":9223372036854775807}"#

  private static var embeddingTable: [UInt8] {
    let rows = [
      EmbeddingRow(path: "a/b.mp4", start: 0, end: 2, hasAudio: true, hasVideo: true),
      EmbeddingRow(path: "c, \"d\".wav", start: 1.25, end: 3.5, hasAudio: true, hasVideo: false),
    ]
    let header = CSVTable.line(["row", "path", "start_s", "end_s", "has_audio", "has_video"])
    return Array((header + rows.enumerated().map { $1.line($0) }.joined()).utf8)
  }

  private static var description: EmbeddingDescription {
    var settings = EmbeddingSettings()
    settings.perWindow = true
    return EmbeddingDescription(
      videoDimensions: 64, audioDimensions: 32, folder: "/videos", model: "random", modelHash: "",
      seed: 3, preset: "tiny", settings: settings)
  }

  private static func configuration() throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      encoder: .init(width: 4, audioWidth: 4), clips: ClipSettings(), objectives: [])
    configuration.length = .steps(20)
    configuration.folders = ["/videos"]
    return configuration
  }

  private static func manifest(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("published")
    try AtomicDirectory.publish(path) { draft throws(StorageError) in }
    return [try readBytes(path + "/manifest.json")]
  }

  private static func metrics(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("log")
    let log = try MetricsLog(path)
    for step in 1...3 {
      try log.append(
        MetricsRecord(step: step, values: JSONObject([("loss", .number(1.5)), ("note", "x")])))
    }
    return [try readBytes(path)]
  }

  private static func index(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("index")
    func entry(_ name: String, _ probe: VideoProbe) -> VideoEntry {
      VideoEntry(
        relativePath: name, path: "/v/" + name, identity: FileIdentity(size: 9, modified: 7),
        probe: probe)
    }
    try VideoIndex(
      videos: [
        entry(
          "a.mp4",
          VideoProbe(
            verdict: .ok, duration: 2, frameRate: 25, width: 8, height: 6, videoCodec: "h264"))
      ],
      unusable: [entry("b.mp4", VideoProbe(verdict: .empty, reason: "no bytes"))], others: ["c.txt"]
    ).write(to: path)
    return [try readBytes(path)]
  }

  private static func safetensors(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("tensors")
    try Safetensors.write(
      [
        ("a", Tensor([1, 2, 3, 4, 5, 6], [2, 3])), ("b.c", Tensor([7], [1])),
        ("empty", Tensor([], [0, 4])),
      ],
      metadata: ["format": "pt"], to: path)
    // Other types, as other programs write them.
    let header =
      #"{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"i":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}"#
    let other = [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(header.utf8)
    return [try readBytes(path), other + [0, 0x3C, 0, 0xC0] + [UInt8](repeating: 1, count: 8)]
  }

  private static func npy(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("rows")
    try Npy.write(Tensor((0..<12).map(Float.init), [4, 3]), to: path)
    return [try readBytes(path)]
  }

  private static func pictures(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("picture")
    let rgb = (0..<12 * 9 * 3).map { UInt8($0 % 251) }
    try ImageWriter.writeIndexedPNG(
      (0..<12 * 9).map { UInt8($0 % 5) }, width: 12, height: 9, to: path)
    var found = [try readBytes(path)]
    try ImageWriter.writePNG(rgb, width: 12, height: 9, to: path)
    found.append(try readBytes(path))
    return found
  }

  private static func segments(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let path = scratch.path("segment")
    let segment = Segment(
      width: 4, height: 2, times: [0, 0.125, 0.25], pixels: (0..<72).map { UInt8($0) },
      audio: (0..<40).map { Float($0) / 80 }, warnings: ["w"])
    let request = SegmentRequest(start: 0, duration: 0.375, rate: 8, shortSide: 2)
    _ = try SegmentFile.write(try SegmentMemory(segment, request), key: SegmentBytes.key, to: path)
    return [SegmentBytes.body(of: try readBytes(path))]
  }

  private static var messages: [[UInt8]] {
    let requests: [DecodeRequest] = [
      .configure(MediaLimits(), memory: 1 << 30, processorSeconds: 60), .probe("/a.mp4"),
      .segment("x", SegmentRequest(start: 1.5, duration: 2, rate: 8, shortSide: 72)),
      .sound("x", start: 0.25, count: 9, rate: 48_000),
      .pictures(at: [0, 1], shortSide: 8, multiple: 8),
      .momentSound(start: 3, count: 7, rate: 16_000), .pixels(width: 3, height: 5),
      .seek(before: 4.5), .close, .picture("m.png", [1, 2], .content),
      .picture("n.jpg", [3], .colours(width: 4, height: nil)),
    ]
    let segment = Segment(
      width: 2, height: 1, times: [0, 0.5], pixels: Array(1...12), audio: [0.5], warnings: ["w"])
    let answers: [DecodeAnswer] = [
      .failure(MediaError(.timeout, path: "p", reason: "r")), .done(true), .sound([1]), .sound(nil),
      .probe(VideoProbe(verdict: .partial, reason: "cut", duration: 2, width: 3, height: 4)),
      .segment(segment),
      .moments(MomentSummary(hasPictures: true, hasSound: false, duration: 3, warnings: [])),
      .pictures(.init(width: 1, height: 1, times: [0], pixels: [1, 2, 3]), warnings: ["a"]),
      .frame(ShownFrame(time: 1, duration: 0.04, width: 8, height: 6), damaged: 2),
      .frames(ToldFrames(count: 60, most: 73)), .pixels([9, 8, 7]),
      .picture(StillPicture(width: 3, height: 1, content: .numbers([5, 6, 7]))),
    ]
    let message = DecodeMessage(serial: 7, fieldBytes: 100, samples: 3, pictureBytes: 12)
    return [[0] + message.bytes] + requests.map { [1] + $0.bytes }
      + answers.map {
        [2, UInt8($0.samples.count), UInt8($0.picture.count / 3)] + $0.fields
      }
  }

  private static func classifiers(_ scratch: ScratchFolder) throws -> [[UInt8]] {
    let heads: [AnyHead] = [
      .linear(LinearHead(weights: [1, -1, 0.5, 2], bias: [0, 1])),
      .neighbours(
        NeighbourHead(k: 1, units: Tensor([1, 0, 0, 1], [2, 2]), labels: [0, 1], classes: 2)),
      .perceptron(Perceptron(inputs: 2, hidden: 1, classes: 2, values: [1, 2, 3, 4, 5, 6, 7])),
    ]
    let classifier = TrainedClassifier(
      classes: ["cat", "dog"],
      space: FeatureSpace(
        video: .init(mean: [0, 1], axes: Tensor([1, 0, 0, 0.5], [2, 2])), audio: nil),
      ensemble: Ensemble(
        classes: 2, members: heads.map { Member(part: .video, head: $0, temperature: 1.5) },
        temperature: 0.5),
      strangeness: Strangeness(
        video: Strangeness.Reference(
          rows: Tensor([1, 0, 0, 1], [2, 2]),
          scale: Standardisation(mean: [0.5, 0.5], deviation: [0.5, 0.5])), audio: nil,
        known: [0.25, 0.5], limit: 0.75))
    try classifier.write(to: scratch.path(""))
    let json = try readBytes(scratch.path("classifier.json"))
    return [
      [UInt8(json.count & 255), UInt8(json.count >> 8)] + json
        + (try readBytes(scratch.path("classifier.safetensors")))
    ]
  }
}
