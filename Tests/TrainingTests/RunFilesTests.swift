import Foundation
import NeuralNetworks
import Reporting
import Storage
import TestSupport
import Testing
import Training

@Suite(.serialized) struct RunFilesTests {
  @Test func theFolderHoldsWhatItsReadmeSays() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let run = scratch.path("run")
    _ = try train(configuration, in: run)
    let names = Folder.names(in: run)
    for name in ["config.json", "model.safetensors", "README.md", "metrics.jsonl", "report.html"] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(names.contains { $0.hasPrefix("events.out.tfevents.") })
    #expect(!names.contains { $0.contains(".partial-") })

    let card = String(decoding: try readBytes(run + "/README.md"), as: UTF8.self)
    #expect(card.contains("| walk/") && card.contains("torchvision"))
    let records = try MetricsLog.read(run + "/metrics.jsonl")
    #expect(records.map(\.step) == [0, 2, 4, 4, 6, 6])
    let page = String(decoding: try readBytes(run + "/report.html"), as: UTF8.self)
    let rates = records.compactMap { $0["clips_per_second"] }.sorted()
    #expect(page.contains("Clips a second, median") && rates.count == 3)
    #expect(page.contains(">\(NumberText.short(rates[1]))<"))
    #expect(records.allSatisfy { $0["loss"] != nil || $0.values.keys[0].hasPrefix("held_out/") })

    // The model reads into a fresh one of the same configuration, whole.
    let model = PretrainingModel(configuration)
    let report = try ModelFile.load(run + "/model.safetensors", into: model.online)
    #expect(report.missing.isEmpty && report.unexpected.isEmpty)
    try RunReport.write(run)
  }

  @Test func aResumedRunLogsNoStepTwice() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    #expect(throws: Killed.self) {
      try train(configuration, in: scratch.path("run")) {
        $0.onBatch = { step in if step == 3 { throw Killed() } }
      }
    }
    _ = try train(configuration, in: scratch.path("run"), resume: true)
    // There is nothing left to do for another session, and nothing to log.
    _ = try train(configuration, in: scratch.path("run"), resume: true)
    let records = try MetricsLog.read(scratch.path("run/metrics.jsonl"))
    #expect(records.map(\.step) == [0, 2, 4, 4, 6, 6])
  }

  /// The scores before the first step are taken once, and stay in the record.
  @Test func aRunStoppedBeforeItsFirstStepKeepsItsScores() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration(steps: 2)
    let run = scratch.path("run")
    #expect(try train(configuration, in: run, stop: { 15 }).trainer.state.step == 0)
    let before = try MetricsLog.read(run + "/metrics.jsonl")
    #expect(before.map(\.step) == [0])
    _ = try train(configuration, in: run, resume: true)
    let records = try MetricsLog.read(run + "/metrics.jsonl")
    #expect(records.map(\.step) == [0, 2, 2] && records.first == before.first)
  }

  @Test func initialWeightsAreTaken() throws {
    let scratch = try ScratchFolder()
    var configuration = smallConfiguration(steps: 1)
    let first = try train(configuration, in: scratch.path("first")).trainer
    let card = String(decoding: try readBytes(scratch.path("first/README.md")), as: UTF8.self)
    let report = String(decoding: try readBytes(scratch.path("first/report.html")), as: UTF8.self)
    #expect(card.contains(": 1 step in ") && card.contains("| score after 1 step |"))
    #expect(report.contains("1 of 1 step in ") && report.contains("trained on, after 1 step."))
    configuration.initialWeights = scratch.path("first/model.safetensors")
    configuration.seed = 9
    let (second, recorder) = try train(configuration, in: scratch.path("second"))
    // The untrained scores of the second run are those of what it began with.
    #expect(second.state.untrained.map(\.value) == first.state.scores.map(\.value))
    #expect(recorder.notes.contains { $0.contains("tensors taken") })
    #expect(card.contains("| trained | untrained |") && report.contains("<th>Untrained</th>"))
    for (file, words) in [
      ("README.md", "| trained | at its start |"), ("report.html", "<th>At its start</th>"),
    ] {
      let text = String(decoding: try readBytes(scratch.path("second/\(file)")), as: UTF8.self)
      #expect(text.contains(words))
    }
  }
}
