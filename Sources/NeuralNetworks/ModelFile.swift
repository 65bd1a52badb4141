import Autodiff
import Storage
import TensorCore

/// The interchange form of a model: safetensors with the names and the layout of PyTorch's state
/// dicts.
///
/// Filters of convolutions are OHWI here and OIHW there; everything else is the same in both. The
/// counter `num_batches_tracked` of PyTorch's batch norm is neither written nor read:
/// `load_state_dict(..., strict=False)` does without it.
package enum ModelFile {
  /// The key of the file's metadata that tells what convolutions see beyond the border.
  package static let paddingKey = "padding"

  /// The key of what was trained, where that is not the image encoder: `audio`.
  package static let trainedKey = "trained"

  /// What a file of encoders tells of them besides their weights.
  package static func metadata(
    padding: PaddingMode, pictures: Bool
  ) -> [String: String] {
    var metadata = ["format": "pt", paddingKey: padding.rawValue]
    if !pictures { metadata[trainedKey] = "audio" }
    return metadata
  }

  /// Every parameter and buffer of `store` in the interchange layout.
  package static func tensors(of store: ParameterStore) -> [(name: String, tensor: Tensor)] {
    store.all.map { ($0.name, exported($0.value)) }
  }

  /// The interchange form of one value: a filter OHWI -> OIHW, else the value itself.
  package static func exported(_ value: Tensor) -> Tensor {
    guard value.shape.rank == 4 else { return value }
    return permuted(value, inner: value.shape[3], outer: value.shape[1] * value.shape[2])
      .reshaped([value.shape[0], value.shape[3], value.shape[1], value.shape[2]])
  }

  /// The reverse of `exported`: a filter OIHW -> OHWI, else the tensor itself.
  package static func imported(_ tensor: Tensor) -> Tensor {
    guard tensor.shape.rank == 4 else { return tensor }
    return permuted(tensor, inner: tensor.shape[2] * tensor.shape[3], outer: tensor.shape[1])
      .reshaped([tensor.shape[0], tensor.shape[2], tensor.shape[3], tensor.shape[1]])
  }

  /// Each of the first axis's rows, taken as a matrix [outer, inner], transposed.
  private static func permuted(_ tensor: Tensor, inner: Int, outer: Int) -> Tensor {
    let rows = tensor.shape[0]
    return .make([rows, inner, outer]) { out in
      tensor.withData { source in
        for row in 0..<rows {
          let start = row * inner * outer
          for i in 0..<outer {
            for j in 0..<inner {
              out[start &+ j &* outer &+ i] = source[start &+ i &* inner &+ j]
            }
          }
        }
      }
    }
  }

  /// What a file gave to a model.
  package struct LoadReport: Sendable, Equatable {
    /// Parameters that took a value from the file.
    package var loaded: [String] = []
    /// Parameters of the model that the file does not have: they keep their values.
    package var missing: [String] = []
    /// Tensors of the file that the model does not have (`fc.weight`, `layer4...` of a torchvision
    /// file).
    package var unexpected: [String] = []

    /// One line for the user.
    package var text: String {
      var parts = ["\(loaded.count) tensors taken"]
      if !missing.isEmpty { parts.append("\(missing.count) not in it (\(Self.few(missing)))") }
      if !unexpected.isEmpty {
        parts.append("\(unexpected.count) of no use here (\(Self.few(unexpected)))")
      }
      return parts.joined(separator: ", ")
    }

    private static func few(_ names: [String]) -> String {
      names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", ..." : "")
    }
  }

  /// What the heads of objectives are named with, before the objective's name and a dot.
  private static let headPrefix = "heads."

  /// What to do where a tensor of a file has another shape than the model's.
  private static func mend(ofShapeOf name: String) -> String {
    let parts = name.split(separator: ".")
    guard name.hasPrefix(headPrefix), parts.count > 2 else {
      return "choose the preset that it was trained with"
    }
    return "give --\(parts[1]).dimension as it was trained with"
  }

  /// Fills the parameters of `store` from the safetensors file at `path`.
  ///
  /// The file's names are those of the model, or those of a bare torchvision encoder, which stand
  /// for the model's under `visual.`. Tensors that either side lacks are listed in the report; a
  /// tensor of another shape, a value that is not finite, or a file that shares no tensor with the
  /// model is an error, and then no parameter has changed.
  package static func load(
    _ path: String, into store: ParameterStore
  ) throws(StorageError) -> LoadReport {
    let file = try SafetensorsFile(path)
    var report = LoadReport()
    var values: [(Parameter, Tensor)] = []
    var seen: Set<String> = []
    var unfitHead: StorageError?
    for name in file.names {
      guard let parameter = store[name] ?? store["visual." + name],
        seen.insert(parameter.name).inserted
      else {
        report.unexpected.append(name)
        continue
      }
      let value = imported(try file.tensor(name))
      guard value.shape == parameter.value.shape else {
        let error = StorageError.badData(
          path: path,
          reason: "\(name) is \(exported(value).shape.text) where this model has "
            + "\(exported(parameter.value).shape.text); \(mend(ofShapeOf: name))")
        // Where the encoders do not fit either, the heads' shapes follow from that.
        guard name.hasPrefix(headPrefix) else { throw error }
        unfitHead = unfitHead ?? error
        continue
      }
      guard value.isFinite else {
        throw .badData(
          path: path, reason: "\(name) holds values that are not finite; save it again")
      }
      values.append((parameter, value))
    }
    if let unfitHead { throw unfitHead }
    guard !values.isEmpty else {
      throw .badData(
        path: path, reason: "it shares no tensor with this model; give a ResNet-18 state dict")
    }
    for (parameter, value) in values {
      parameter.value = value
      report.loaded.append(parameter.name)
    }
    report.missing = store.all.map(\.name).filter { !seen.contains($0) }
    return report
  }
}
