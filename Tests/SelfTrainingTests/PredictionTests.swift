import SelfTraining
import Testing

/// Segments, reliability and the table of predictions.
@Suite struct PredictionTests {
  private func window(
    _ start: Double, _ end: Double, _ first: Double, strange: Bool = false
  ) -> WindowPrediction {
    WindowPrediction(
      start: start, end: end,
      prediction: ClipPrediction(
        probabilities: [first, 1 - first], strangeness: strange ? 1 : 0, isOutOfSet: strange))
  }

  @Test func windowsThatSayTheSameAreMerged() {
    // Windows side by side, each alone over its middle.
    let apart = PredictedSegment.merge([
      window(0, 2, 0.9), window(2, 4, 0.7), window(4, 6, 0.2), window(6, 7, 0.4),
    ])
    #expect(apart.map(\.start) == [0, 4] && apart.map(\.end) == [4, 7])
    #expect(apart.map(\.prediction.label) == [0, 1] && apart.map(\.windows) == [2, 2])
    #expect(abs(apart[0].prediction.confidence - 0.8) < 1e-12)
    // Windows that lie over each other: borders half way between middles, one doubtful window outvoted.
    let over = PredictedSegment.merge([
      window(0, 2, 0.9), window(0.75, 2.75, 0.45), window(1.5, 3.5, 0.9), window(2.25, 4.25, 0.1),
      window(3, 5, 0.1),
    ])
    #expect(over.map(\.prediction.label) == [0, 1])
    #expect(over[0].start == 0 && over[1].end == 5 && over[0].end == over[1].start)
    #expect(PredictedSegment.merge([]).isEmpty)
  }

  @Test func gapsAndStrangersPart() {
    let gap = PredictedSegment.merge([window(0, 2, 0.9), window(5, 7, 0.9)])
    #expect(gap.map(\.start) == [0, 5] && gap.map(\.end) == [2, 7])
    let strange = PredictedSegment.merge([
      window(0, 2, 0.9), window(2, 4, 0.9, strange: true), window(4, 6, 0.9),
    ])
    #expect(strange.map(\.prediction.isOutOfSet) == [false, true, false])
    #expect(strange.map(\.end) == [2, 4, 6])
  }

  @Test func calibrationErrorIsTheDistanceFromTheDiagonal() {
    func said(_ confidence: Double) -> ClipPrediction {
      ClipPrediction(
        probabilities: [confidence, 1 - confidence], strangeness: 0, isOutOfSet: false)
    }
    // Four of 0.75 with three right lie on it; two of 0.95 with one right are 0.45 off.
    let clips =
      [0, 0, 0, 1].map { (said(0.75), $0) } + [0, 1].map { (said(0.95), $0) }
    let reliability = Reliability(clips.map { (prediction: $0.0, truth: $0.1) })
    #expect(abs(reliability.error - 0.9 / 6) < 1e-12)
    #expect(reliability.bins.map(\.count) == [0, 0, 0, 0, 0, 0, 0, 4, 0, 2])
    #expect(Reliability([]).error == 0)
    let score = SelfTrainingRecord.Score(correct: 10, count: 10)
    #expect(
      abs(score.interval.upperBound - 1) < 1e-9 && abs(score.interval.lowerBound - 0.7225) < 1e-3)
  }

  @Test func linesHaveEveryProbability() {
    let table = PredictionTable(classes: ["a,b", "c"], hasSegments: true)
    #expect(
      table.header
        == "path,start_s,end_s,label,confidence,runner_up,runner_up_confidence,out_of_set,strangeness,"
        + "\"p_a,b\",p_c\n")
    let said = ClipPrediction(probabilities: [0.25, 0.75], strangeness: 0.5, isOutOfSet: true)
    #expect(
      table.line("x.mp4", said, span: 0...1.5)
        == "x.mp4,0.0,1.5,c,0.75,\"a,b\",0.25,1,0.5,0.25,0.75\n")
    let own = PredictionTable(classes: ["a", "c"], namesLists: true)
    #expect(own.header.hasSuffix(",p_a,p_c,list\n"))
    #expect(own.line("x.mp4", said, list: "test").hasSuffix(",0.25,0.75,test\n"))
    #expect(own.line("x.mp4", said).hasSuffix(",0.25,0.75,\n"))
  }
}
