import PalindromeBench
import Settings
import TensorCore

/// `palindrome bench [NAME...]`: timed kernels and whole steps.
enum BenchCommand: Command {
  static let name = "bench"
  static let summary = "time kernels and whole steps on this machine"

  static let syntax = ArgumentSyntax(
    command: "palindrome bench",
    summary:
      "Times the work of NAME, or all of it. Each result is one JSON line; of kernels, steps, encoder and walk it is the median of --steps repetitions after two that do not count.",
    positional: Positional(
      "NAME", count: 0...Benchmarks.names.count, choices: Benchmarks.names, "The benchmark."),
    groups: [OptionGroup("work", Benchmarks.options)],
    examples: [
      "palindrome bench train-step --preset resnet18 --clips 1 --frames 4 --threads 2",
      "palindrome bench decode --folder videos --size 128",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    try Benchmarks.run(invocation.positionals, invocation.values) { line in
      invocation.console.result(line.text())
    }
    return .done
  }
}
