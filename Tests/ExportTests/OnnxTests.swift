import Export
import Foundation
import NeuralNetworks
import Settings
import Storage
import TensorCore
import TestSupport
import Testing

private let goldens = URL(filePath: #filePath).deletingLastPathComponent().appending(
  path: "Goldens")

/// The files against what the `onnx` library and ONNX Runtime made of them: `Goldens/check_exports.py`.
@Suite struct OnnxTests {
  @Test(arguments: PaddingMode.allCases)
  func theGraphIsTheOneThatTheOnnxLibraryRead(_ padding: PaddingMode) throws {
    let golden = try JSONValue.parse(
      try readBytes(goldens.appending(path: "onnx_\(padding.rawValue).json").path))
    let model = ExportCase(padding).model
    let audio = try #require(OnnxEncoders.audio(model, producerVersion: "test"))
    for (name, bytes) in [
      ("image", OnnxEncoders.image(model, producerVersion: "test")), ("audio", audio),
    ] {
      let wanted = try #require(golden[name])
      let file = try WireMessage(bytes[...])
      #expect(file.number(1) == wanted["ir_version"]?.int)
      #expect(try file.messages(8).map { $0.number(2) } == [wanted["opset"]?.int])
      let graph = try #require(try file.messages(7).first)
      let nodes = try graph.messages(1).map(Self.listing)
      #expect(nodes == (wanted["nodes"]?.array ?? []).compactMap(\.string), "\(name)")
      let tensors = try graph.messages(5)
      let expected = try #require(wanted["initializers"]?.array)
      #expect(tensors.count == expected.count)
      for (tensor, entry) in zip(tensors, expected) {
        #expect(tensor.texts(8) == [entry["name"]?.string])
        let dimensions = tensor.packed(1)
        #expect(dimensions == entry["dims"]?.array?.compactMap(\.int))
        guard tensor.number(2) == 1 else { continue }
        let values = try Self.floats(tensor)
        #expect(values.count == dimensions.reduce(1, *))
        for (key, sum) in [
          ("sum", values.reduce(0, +)), ("size", values.reduce(0) { $0 + abs($1) }),
        ] {
          let wanted = try #require(entry[key]?.double)
          let scale = try #require(entry["size"]?.double)
          #expect(abs(sum - wanted) <= 1e-6 * scale, "\(tensor.texts(8)) \(key)")
        }
      }
      for (field, key) in [(11, "inputs"), (12, "outputs")] {
        let ends = try graph.messages(field).map(Self.end)
        #expect(ends == (wanted[key]?.array ?? []).compactMap(\.string))
      }
    }
  }

  @Test(arguments: PaddingMode.allCases)
  func onnxRuntimeGaveWhatOurEncodersGive(_ padding: PaddingMode) throws {
    let wanted = try SafetensorsFile(
      goldens.appending(path: "onnx_\(padding.rawValue).safetensors").path)
    let example = ExportCase(padding)
    let map = example.map
    let theirs = try wanted.tensor("map")
    #expect(theirs.shape == [map.shape[0], map.shape[3], map.shape[1], map.shape[2]])
    #expect(relativeError(toNCHW(map), theirs.array.map(Double.init)) < 1e-4)
    let pooled = ExportCase.pooled(map).flatMap { $0 }.map { Float($0) }
    #expect(
      relativeError(pooled, try wanted.tensor("embedding").array.map(Double.init)) < 1e-4)
    #expect(
      relativeError(
        example.pooledSounds.array, try wanted.tensor("sound").array.map(Double.init)) < 1e-4)
  }

  /// `Conv(a, b, c) -> d {kernel_shape: [7, 7], mode: reflect}`
  private static func listing(_ node: WireMessage) throws -> String {
    let attributes = try node.messages(5).map { attribute -> String in
      let value =
        switch attribute.number(20) {
        case 2: "\(attribute.number(3) ?? 0)"
        case 3: attribute.texts(4).joined()
        case 7: "\(attribute.packed(8))"
        default: "?"
        }
      return attribute.texts(1).joined() + ": " + value
    }
    return "\(node.texts(4).joined())(\(node.texts(1).joined(separator: ", "))) -> "
      + "\(node.texts(2).joined()) {\(attributes.joined(separator: ", "))}"
  }

  private static func end(_ value: WireMessage) throws -> String {
    let tensor = try #require(try value.messages(2).first?.messages(1).first)
    let extents = try #require(try tensor.messages(2).first).messages(1).map { dimension in
      dimension.number(1).map(String.init) ?? dimension.texts(2).joined()
    }
    return "\(value.texts(1).joined()): \(extents.joined(separator: " "))"
  }

  private static func floats(_ tensor: WireMessage) throws -> [Double] {
    let raw = try #require(tensor.bytes(9).first)
    return stride(from: raw.startIndex, to: raw.endIndex, by: 4).map { at in
      let bits = raw[at..<at + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Double(Float(bitPattern: bits))
    }
  }
}

/// [N, H, W, C] as N, C, H, W.
private func toNCHW(_ map: Tensor) -> [Float] {
  let (count, cells, channels) = (map.shape[0], map.shape[1] * map.shape[2], map.shape[3])
  let values = map.array
  return (0..<count).flatMap { image in
    (0..<channels).flatMap { channel in
      (0..<cells).map { values[(image * cells + $0) * channels + channel] }
    }
  }
}
