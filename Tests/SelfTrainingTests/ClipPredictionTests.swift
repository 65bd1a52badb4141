import SelfTraining
import Testing

@Suite struct ClipPredictionTests {
  @Test func theFirstOfEqualClassesComesFirst() {
    let prediction = ClipPrediction(
      probabilities: [0.1, 0.4, 0.4, 0.1], strangeness: 0, isOutOfSet: false)
    #expect(prediction.label == 1)
    #expect(prediction.runnerUp == 2)
    #expect(prediction.confidence == 0.4)
  }
}
