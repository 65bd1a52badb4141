import ClipData
import NeuralNetworks
import Settings
import Storage

/// The folder that a PyTorch user loads: weights, settings, and the program that rebuilds the encoders.
package enum TorchFolder {
  /// Not that of a run, which the commands read.
  private static let format = "encoders-1"

  /// Makes the folder at `path` with `model.safetensors`, `config.json` and `load.py`. A folder that holds
  /// anything is refused.
  package static func write(_ model: ExportedModel, to path: String) throws(StorageError) {
    guard try Folder.list(path).isEmpty else {
      throw .cannotCreate(
        path: path, reason: "there is something in it already; choose another folder")
    }
    try AtomicDirectory.publish(path) { draft throws(StorageError) in
      try draft.write(
        "model.safetensors", ModelFile.tensors(of: model.store) + model.heads,
        metadata: ModelFile.metadata(
          padding: model.configuration.padding, pictures: model.seesPictures))
      try draft.write("config.json", configuration(model).text(indented: true) + "\n")
      try draft.write("load.py", LoadScript.text)
    }
  }

  private static func configuration(_ model: ExportedModel) -> JSONValue {
    var result = JSONObject([
      ("format", .string(format)),
      (
        "image",
        [
          "width": .integer(model.configuration.width),
          "padding": .string(model.configuration.padding.rawValue),
          "channels": .integer(model.visual.channels),
          "mean": numbers(ColourMap.mean), "deviation": numbers(ColourMap.deviation),
        ]
      ),
    ])
    if let sound = model.sound {
      result["audio"] = [
        "width": .integer(model.configuration.audioWidth), "channels": .integer(sound.channels),
        "rate": .integer(ClipSettings.audioRate), "window": .integer(LogMel.window),
        "hop": .integer(LogMel.hop), "size": .integer(LogMel.size),
        "bands": .integer(LogMel.bands), "lowest": .number(LogMel.lowest),
        "highest": .number(LogMel.highest), "floor": number(LogMel.floor),
        "mean": numbers(model.normalisation.mean), "scale": numbers(model.normalisation.scale),
      ]
    }
    return .object(result)
  }

  private static func numbers(_ values: [Float]) -> JSONValue { .array(values.map(number)) }

  /// As few digits as tell the number from its neighbours.
  private static func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? 0) }
}
