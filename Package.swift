// swift-tools-version: 6.0
import PackageDescription

// Targets stand in the order of their floors: a target depends only on those above it in this list.
let package = Package(
  name: "palindrome",
  products: [
    .executable(name: "palindrome", targets: ["palindrome"])
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CFFmpeg", pkgConfig: "libavformat",
      providers: [
        .apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev", "libswresample-dev"])
      ]),
    .target(name: "CKernels"),
    .target(name: "CProcess"),
    .target(name: "Settings"),
    .target(name: "TensorCore", dependencies: ["COpenBLAS", "CKernels"]),
    .target(name: "Storage", dependencies: ["TensorCore", "Settings"]),
    .target(name: "Neighbours", dependencies: ["TensorCore", "CKernels", "Storage"]),
    .target(name: "Autodiff", dependencies: ["TensorCore", "CKernels"]),
    .target(name: "ClipData", dependencies: ["TensorCore", "CKernels", "Settings", "Storage"]),
    .target(
      name: "NeuralNetworks",
      dependencies: ["TensorCore", "CKernels", "Storage", "Autodiff", "ClipData"]),
    .target(
      name: "Media", dependencies: ["TensorCore", "Storage", "ClipData", "CFFmpeg", "CProcess"]),
    .target(name: "SampleClips", dependencies: ["TensorCore", "ClipData"]),
    .target(
      name: "Objectives",
      dependencies: [
        "Settings", "TensorCore", "CKernels", "Autodiff", "ClipData", "NeuralNetworks",
      ]),
    .target(name: "Reporting", dependencies: ["Settings", "Storage"]),
    .target(
      name: "Training",
      dependencies: [
        "Settings", "TensorCore", "Storage", "Autodiff", "ClipData", "NeuralNetworks", "Objectives",
        "Reporting",
      ]),
    .target(
      name: "Evaluation",
      dependencies: [
        "Settings", "TensorCore", "CKernels", "Storage", "Neighbours", "Autodiff", "ClipData",
        "NeuralNetworks", "Media", "Objectives", "Training",
      ]),
    .target(
      name: "SelfTraining",
      dependencies: [
        "Settings", "TensorCore", "CKernels", "Storage", "Neighbours", "ClipData", "NeuralNetworks",
        "Training", "Evaluation",
      ]),
    .target(
      name: "Export",
      dependencies: [
        "Settings", "TensorCore", "Storage", "Autodiff", "ClipData", "NeuralNetworks", "Evaluation",
      ]),
    .target(
      name: "PalindromeBench",
      dependencies: [
        "Settings", "TensorCore", "Storage", "Autodiff", "ClipData", "NeuralNetworks", "Media",
        "Objectives", "Training", "Evaluation",
      ]),
    .executableTarget(
      name: "palindrome",
      dependencies: [
        "CProcess", "Settings", "TensorCore", "Storage", "Neighbours", "ClipData", "NeuralNetworks",
        "Media", "SampleClips", "Objectives", "Reporting", "Training", "Evaluation", "SelfTraining",
        "Export", "PalindromeBench",
      ]),

    .target(
      name: "TestSupport", dependencies: ["Autodiff", "ClipData", "Storage"],
      path: "Tests/TestSupport"),
    .testTarget(name: "SettingsTests", dependencies: ["Settings"]),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["TensorCore", "CKernels", "TestSupport"]),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "TestSupport"], exclude: ["Goldens"]),
    .testTarget(
      name: "NeighboursTests", dependencies: ["Neighbours", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "AutodiffTests", dependencies: ["Autodiff", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "NeuralNetworksTests", dependencies: ["NeuralNetworks", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "ClipDataTests", dependencies: ["ClipData", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(name: "MediaTests", dependencies: ["Media", "TestSupport"]),
    .testTarget(name: "SampleClipsTests", dependencies: ["SampleClips", "TestSupport"]),
    .testTarget(
      name: "ObjectivesTests",
      dependencies: ["Objectives", "SampleClips", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "SampleClips", "TestSupport"]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "SampleClips", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "SelfTrainingTests",
      dependencies: ["SelfTraining", "Training", "NeuralNetworks", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "ExportTests", dependencies: ["Export", "Storage", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "TestSupport"], exclude: ["Goldens"]),
    .testTarget(
      name: "palindromeTests",
      dependencies: [
        "palindrome", "Media", "ClipData", "SampleClips", "Settings", "Storage", "Training",
        "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// The parsers' fuzzer is another executable of the same sources, built with other flags (make fuzz), and is declared for
// that build alone.
let parsers: [Target.Dependency] = [
  "Settings", "TensorCore", "Storage", "ClipData", "Media", "Reporting", "Training", "Evaluation",
  "SelfTraining",
]
if Context.environment["PALINDROME_FUZZ_BUILD"] == nil {
  package.targets.append(
    .testTarget(
      name: "ParserTests", dependencies: parsers + ["TestSupport"], path: "Fuzz",
      exclude: ["Driver", "corpus", "found"], sources: ["Parsers", "Tests"]))
} else {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: parsers, path: "Fuzz", exclude: ["Tests", "corpus", "found"],
      sources: ["Parsers", "Driver"]))
}
