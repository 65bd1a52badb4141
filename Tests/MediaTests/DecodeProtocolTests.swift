import ClipData
import Testing

@testable import Media

/// What a run and its decoder processes tell each other: nothing gets lost, and nothing else is understood.
@Suite struct DecodeProtocolTests {
  private let requests: [DecodeRequest] = [
    .configure(MediaLimits(), memory: 1 << 30, processorSeconds: 60), .probe("/a b/ü.mp4"),
    .segment("x", SegmentRequest(start: 1.5, duration: 2, rate: 8, shortSide: 72)),
    .sound("x", start: 0.25, count: 16_000, rate: 48_000), .openMoments("y"),
    .pictures(at: [0, 0.125, 9], shortSide: 128, multiple: 8),
    .momentSound(start: 3, count: 7, rate: 16_000), .openFrames("z"), .nextFrame,
    .pixels(width: nil, height: nil), .pixels(width: 3, height: 5), .seek(before: 4.5), .close,
    .picture("m.png", [1, 2, 3], .content), .picture("n", [], .colours(width: nil, height: 7)),
  ]

  private let answers: [(DecodeAnswer, samples: [Float], picture: [UInt8])] = [
    (.failure(MediaError(.timeout, path: "p", reason: "r")), [], []), (.done(true), [], []),
    (
      .probe(
        VideoProbe(
          verdict: .partial, reason: "cut", duration: 2, frameRate: 25, width: 3, height: 4,
          videoCodec: "h264", audioCodec: "aac")), [], []
    ),
    (
      .segment(
        Segment(
          width: 2, height: 1, times: [0, 0.5], pixels: Array(1...12), audio: [0.5, -1],
          warnings: ["w"])), [0.5, -1], Array(1...12)
    ),
    (.sound(nil), [], []), (.sound([1]), [1], []),
    (
      .moments(MomentSummary(hasPictures: true, hasSound: false, duration: 3, warnings: [])), [],
      []
    ),
    (
      .pictures(
        .init(width: 1, height: 1, times: [0], pixels: [1, 2, 3]), warnings: ["a", "b"]), [],
      [1, 2, 3]
    ),
    (.momentSound([0.25], warnings: []), [0.25], []), (.frame(nil, damaged: 3), [], []),
    (.frame(ShownFrame(time: 1, duration: 0.04, width: 8, height: 6), damaged: 0), [], []),
    (.frames(nil), [], []), (.frames(ToldFrames(count: 60, most: 73)), [], []),
    (.pixels([9, 8, 7]), [], [9, 8, 7]),
    (.picture(StillPicture(width: 2, height: 1, content: .numbers([5, 6]))), [], [5, 6]),
    (
      .picture(StillPicture(width: 1, height: 1, content: .colours([1, 2, 3, 255]))), [],
      [1, 2, 3, 255]
    ),
    (.picture(StillPicture(width: 1, height: 7, pixels: Array(1...21))), [], Array(1...21)),
  ]

  @Test func requestsComeBack() {
    for request in requests {
      let bytes = request.bytes
      #expect(DecodeRequest(bytes) == request)
      for length in 0..<bytes.count { #expect(DecodeRequest(Array(bytes.prefix(length))) == nil) }
      #expect(DecodeRequest(bytes + [0]) == nil)
    }
    #expect(DecodeRequest([200]) == nil)
  }

  @Test func answersComeBackAndNothingElseIsBelieved() throws {
    for (answer, samples, picture) in answers {
      let fields = answer.fields
      #expect(answer.samples == samples && answer.picture == picture)
      let back = try #require(DecodeAnswer(fields, samples: samples, picture: picture))
      #expect("\(back)" == "\(answer)")
      for length in 0..<fields.count {
        #expect(
          DecodeAnswer(Array(fields.prefix(length)), samples: samples, picture: picture) == nil)
      }
      // Bulk that the fields do not speak of.
      #expect(
        DecodeAnswer(fields, samples: samples, picture: picture + [1]) == nil
          || picture == [9, 8, 7] || picture.count == 21)
      // Any byte may have any value: an answer or none, but no trap.
      for place in fields.indices {
        for value: UInt8 in [0, 1, 0x7F, 0xFF] {
          var changed = fields
          changed[place] = value
          _ = DecodeAnswer(changed, samples: samples, picture: picture)
        }
      }
    }
    let huge = Segment(width: 1 << 20, height: 1 << 20, times: [0, 1, 2], pixels: [], audio: [])
    #expect(
      DecodeAnswer(DecodeAnswer.segment(huge).fields, samples: [], picture: [1, 2, 3]) == nil)
  }

  @Test func answersThatWereNotAskedForAreRefused() {
    let failure = DecodeAnswer.failure(MediaError(.timeout, path: "p", reason: "r"))
    for request in requests {
      #expect(request.accepts(failure))
      let kinds = answers.map(\.0).filter {
        if case .failure = $0 { return false }
        return request.accepts($0)
      }
      // None of the right kind is of the length that is asked for but those below.
      #expect(kinds.count <= 2, "\(request)")
      #expect(!request.accepts(.momentSound([0, 0], warnings: [])))
    }
    func sound(_ count: Int) -> DecodeAnswer { .sound(Array(repeating: 0, count: count)) }
    let asked = DecodeRequest.sound("x", start: 0, count: 100, rate: 8000)
    #expect(asked.accepts(sound(100)) && asked.accepts(.sound(nil)))
    #expect(!asked.accepts(sound(99)) && !asked.accepts(sound(101)) && !asked.accepts(.done(true)))
    func pictures(_ times: [Double]) -> DecodeAnswer {
      .pictures(.init(width: 0, height: 0, times: times, pixels: []), warnings: [])
    }
    let moments = DecodeRequest.pictures(at: [0, 1], shortSide: 8, multiple: 1)
    #expect(moments.accepts(pictures([0])) && moments.accepts(pictures([0, 1])))
    #expect(!moments.accepts(pictures([0, 1, 2])))
    func segment(_ frames: Int, _ samples: Int) -> DecodeAnswer {
      .segment(
        Segment(
          width: 0, height: 0, times: (0..<frames).map(Double.init), pixels: [],
          audio: Array(repeating: 0, count: samples)))
    }
    let stretch = DecodeRequest.segment(
      "x", SegmentRequest(start: 0, duration: 2, rate: 4, shortSide: 8, audioRate: 1000))
    #expect(stretch.accepts(segment(8, 2000)) && stretch.accepts(segment(3, 0)))
    #expect(!stretch.accepts(segment(8, 1999)) && !stretch.accepts(segment(10, 2000)))
    let silent = DecodeRequest.segment(
      "x", SegmentRequest(start: 0, duration: 2, rate: 4, shortSide: 0, audioRate: 1000))
    #expect(silent.accepts(segment(0, 2000)) && !silent.accepts(segment(1, 2000)))
  }

  @Test func messagesAreBounded() {
    let message = DecodeMessage(serial: 7, fieldBytes: 100, samples: 3, pictureBytes: 12)
    #expect(DecodeMessage(message.bytes, limit: 1000) == message)
    #expect(DecodeMessage(message.bytes, limit: 200) == nil)
    #expect(DecodeMessage(message.bytes + [0], limit: 1000) == nil)
    #expect(DecodeMessage([UInt8](repeating: 7, count: DecodeMessage.size), limit: 1000) == nil)
    for (fields, samples, picture) in [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (.max, .max, .max)] {
      let hostile = DecodeMessage(
        serial: 1, fieldBytes: fields, samples: max(samples, -1), pictureBytes: picture)
      #expect(DecodeMessage(hostile.bytes, limit: 3 << 30) == nil)
    }
  }
}
