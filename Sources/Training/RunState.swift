import Foundation
import NeuralNetworks
import Settings
import Storage
import TensorCore

/// Where a run stands, besides its tensors.
package struct RunState: Sendable, Codable, Equatable {
  /// Steps done, skipped ones included; the next step's number.
  package var step = 0
  package var plan: StepPlan
  /// Seconds that the run has taken so far, over all its sessions.
  package var elapsed = 0.0
  /// Steps left out because a loss or a gradient was not finite.
  package var skippedSteps = 0
  /// How many of them came one after the other up to now.
  package var skippedInARow = 0
  /// Clips that could not be used and were replaced.
  package var skippedClips = 0
  /// Seconds that the last evaluation took.
  package var evaluationSeconds = 0.0
  /// What the network scored at its start: untrained, or with the weights that the run began with.
  package var untrained: [Score] = []
  /// The last scores, and the number of steps after which they were taken.
  package var scores: [Score] = []
  package var scoredStep = 0
  /// Warnings of the last evaluation.
  package var warnings: [String] = []
  /// The first few reasons for which clips were skipped, each once.
  package var skippedReasons: [String] = []
  /// Whether the run came to its end: one of so many minutes has no more to do though its last evaluation took
  /// less time than was kept for it. nil in the state of a run that did not write it down.
  package var isFinished: Bool?
  /// Whether the run still learns; nil in the state of a run that knew no such watch.
  package var learning: LearningWatch?

  package init(plan: StepPlan) { self.plan = plan }
}

/// A checkpoint of a run: `checkpoints/step-N/`, complete or absent.
///
/// `weights` and `teacher` hold every parameter in the layout of this program, `optimiser` and
/// `objectives` their memories, `state.json` the rest. Together they are all that the next step
/// depends on: resumed, a run goes on with the same bits.
package enum Checkpoint {
  private static let weightsName = "weights.safetensors"
  private static let teacherName = "teacher.safetensors"
  private static let optimiserName = "optimiser.safetensors"
  private static let objectivesName = "objectives.safetensors"
  private static let stateName = "state.json"

  /// What of all that a checkpoint holds is not finite; nil where nothing is.
  static func firstNotFinite(_ model: PretrainingModel, _ optimiser: any Optimiser) -> String? {
    for parameter in model.online.all + model.teacher.all where !parameter.value.isFinite {
      return parameter.name
    }
    let states = optimiser.state.map { ($0.key, $0.value) } + model.objectives.state
    return states.sorted { $0.0 < $1.0 }.first { !$0.1.isFinite }?.0
  }

  package static func write(
    _ state: RunState, _ model: PretrainingModel, _ optimiser: any Optimiser,
    to folder: CheckpointFolder
  ) throws {
    let text = try encodedJSON(state).text(indented: true) + "\n"
    try folder.publish(step: state.step) { draft throws(StorageError) in
      try draft.write(weightsName, model.online.all.map { ($0.name, $0.value) })
      try draft.write(teacherName, model.teacher.all.map { ($0.name, $0.value) })
      try draft.write(optimiserName, optimiser.state.map { ($0.key, $0.value) })
      try draft.write(objectivesName, model.objectives.state.map { ($0.key, $0.value) })
      try draft.write(stateName, text)
    }
  }

  /// The state alone of the checkpoint in the folder at `path`.
  static func state(_ path: String) throws -> RunState {
    let name = "\(path)/\(stateName)"
    do {
      return try decoded(JSONValue.parse(try readBytes(name)))
    } catch let error as StorageError {
      throw error
    } catch {
      throw TrainingError.damaged(
        path: name, reason: "it is not the state of a run; remove this checkpoint")
    }
  }

  /// Puts a model and its optimiser where the checkpoint in the folder at `path` left them.
  static func read(
    _ path: String, into model: PretrainingModel, _ optimiser: any Optimiser
  ) throws -> RunState {
    let state = try state(path)
    try fill(model.online, from: "\(path)/\(weightsName)")
    try fill(model.teacher, from: "\(path)/\(teacherName)")
    let memory = try tensors("\(path)/\(optimiserName)")
    for (name, value) in memory {
      let owner = model.online[String(name[..<(name.lastIndex(of: ".") ?? name.startIndex)])]
      // A slot is of its weights' shape, but for the count of their steps.
      let fits =
        name.hasSuffix(".steps")
        ? value.count == 1 && value.scalar >= 1 && Int(exactly: value.scalar) != nil
        : value.shape == owner?.value.shape
      guard owner != nil, fits else {
        throw TrainingError.damaged(
          path: "\(path)/\(optimiserName)",
          reason: "\(name) of \(value.shape.text) fits no weights; remove this checkpoint")
      }
    }
    optimiser.state = memory
    model.objectives.state = try tensors("\(path)/\(objectivesName)")
    return state
  }

  private static func fill(_ store: ParameterStore, from path: String) throws {
    let file = try SafetensorsFile(path)
    for parameter in store.all {
      let value = try file.tensor(parameter.name)
      guard value.shape == parameter.value.shape else {
        throw TrainingError.damaged(
          path: path,
          reason: "\(parameter.name) is \(value.shape.text), not \(parameter.value.shape.text); "
            + "remove this checkpoint")
      }
      parameter.value = value
    }
  }

  private static func tensors(_ path: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path)
    var tensors: [String: Tensor] = [:]
    for name in file.names {
      let value = try file.tensor(name)
      guard value.isFinite else {
        throw TrainingError.damaged(
          path: path, reason: "\(name) is not finite; remove this checkpoint")
      }
      tensors[name] = value
    }
    return tensors
  }
}
