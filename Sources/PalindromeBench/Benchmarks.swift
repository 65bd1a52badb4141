import Settings
import TensorCore

/// Timed work by name. Every benchmark reports lines of figures; which they are stands in its file.
package enum Benchmarks {
  private typealias Run = @Sendable (OptionValues, (JSONValue) -> Void) throws -> Void

  private static let all: [(name: String, run: Run)] = [
    ("gemm", GemmBench.run), ("conv", ConvolutionBench.run), ("train-step", TrainStepBench.run),
    ("encode", EncodeBench.run), ("walk", WalkBench.run), ("decode", DecodeBench.run),
    ("open", OpenBench.run), ("propagate", PropagationBench.run),
    ("checkpoint", CheckpointBench.run),
  ]

  package static let names = all.map(\.name)
  package static let options = BenchSettings.options

  /// Runs the named benchmarks, all of them where none is named, and hands each line to `report`.
  package static func run(
    _ chosen: [String], _ values: OptionValues, report: (JSONValue) -> Void
  ) throws {
    for name in chosen where !names.contains(name) {
      throw OptionError.unknownWord(value: name, name: "NAME", choices: names)
    }
    if chosen.contains("decode") || chosen.contains("open"), values[BenchSettings.folder] == nil {
      throw OptionError.missingOption(option: "folder", placeholder: "DIR")
    }
    for (name, run) in all where chosen.isEmpty || chosen.contains(name) {
      try run(values, report)
    }
  }
}
