import Foundation
import Settings
import TensorCore

/// Timed work by name; all of it without a name. Every benchmark prints JSON lines.
let benchmarks: [(name: String, run: (OptionValues) throws -> Void)] = [
  ("gemm", GemmBench.run), ("conv", ConvolutionBench.run), ("train-step", TrainStepBench.run),
  ("propagate", PropagationBench.run),
]

let syntax = ArgumentSyntax(
  command: "PalindromeBench",
  summary:
    "Times the tensor core on this machine. NAME is gemm, conv, train-step or propagate; all by default.",
  positional: Positional("NAME", count: 0...4, "The benchmark."),
  groups: [OptionGroup("work", BenchSettings.options)],
  examples: [
    "PalindromeBench train-step --width 64 --clips 1 --frames 4 --threads 2",
    "PalindromeBench propagate --grid 60 107 256 --frames 30 --threads 2",
  ])

do {
  let parsed = try syntax.parse(Array(CommandLine.arguments.dropFirst()))
  if parsed.wantsHelp {
    print(syntax.help)
    exit(0)
  }
  for name in parsed.positionals where !benchmarks.contains(where: { $0.name == name }) {
    throw OptionError.badValue(
      option: "NAME", value: name, needed: benchmarks.map(\.name).joined(separator: ", "))
  }
  Threads.count = parsed.values[BenchSettings.threads]
  for (name, run) in benchmarks
  where parsed.positionals.isEmpty || parsed.positionals.contains(name) {
    try run(parsed.values)
  }
} catch {
  FileHandle.standardError.write(Data("PalindromeBench: \(error)\n".utf8))
  exit(64)
}
