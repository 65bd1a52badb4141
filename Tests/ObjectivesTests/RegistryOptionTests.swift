import NeuralNetworks
import Objectives
import Settings
import TensorCore
import Testing

@Suite struct RegistryOptionTests {
  @Test func readsWeights() throws {
    let read = try ObjectiveRegistry.parse(["temporal=0.25", "walk"])
    #expect(read.map { $0.type.name } == ["walk", "temporal"])
    #expect(read.map { $0.weight } == [1, 0.25])
    let byDefault = try ObjectiveRegistry.weights(in: OptionValues())
    #expect(byDefault.map { $0.type.name } == ["walk", "av"])
    #expect(byDefault.map { $0.weight } == [1, 0.5])
  }

  @Test(arguments: [
    (["wlak=1"], "did you mean walk?"),
    (["mae=1"], "the objectives are walk, av, temporal"),
    (["walk=1", "walk=2"], "comes twice"),
    (["walk=0"], "a weight above 0"),
    (["walk=x"], "a weight above 0"),
    (["walk="], "a weight above 0"),
    (["walk=inf"], "a weight above 0"),
    (["walk=1000001"], "of a million at most"),
    (["=1"], "the objectives are"),
    ([], "at least one of"),
  ])
  func refusesTheRest(_ words: [String], _ part: String) {
    #expect {
      try ObjectiveRegistry.parse(words)
    } throws: {
      "\($0)".contains(part) && "\($0)".contains("--objectives")
    }
  }

  @Test func theLargestWeightIsTaken() throws {
    #expect(try ObjectiveRegistry.parse(["walk=1e6"]).map(\.weight) == [1e6])
  }

  @Test func namesAreUnique() {
    #expect(Set(ObjectiveRegistry.all.map { $0.name }).count == ObjectiveRegistry.all.count)
    #expect(
      Set(ObjectiveRegistry.options.map(\.name)).count == ObjectiveRegistry.options.count)
  }
}
