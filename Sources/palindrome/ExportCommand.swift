import Evaluation
import Export
import Settings
import Storage

/// `palindrome export RUN`: the encoders for other programs.
enum ExportCommand: Command {
  static let name = "export"
  static let summary = "write the encoders for PyTorch or as ONNX files"

  private static let torch = Setting.path(
    "torch",
    "A folder to make, with model.safetensors, config.json and a short load.py that rebuilds the encoders in "
      + "plain PyTorch.", placeholder: "DIR")
  private static let onnx = Setting.path(
    "onnx",
    "The ONNX file (opset 17) of the image encoder; that of the audio encoder is written beside it, with "
      + ".audio before the extension.", placeholder: "FILE")

  static let syntax = ArgumentSyntax(
    command: "palindrome export",
    summary: """
      Writes the image and the audio encoder with the normalisation of their inputs. The image encoder takes \
      RGB of any size, the audio encoder mono sound at 16 kHz of any length. An audio encoder that no \
      objective trained is left out.
      """,
    positional: Positional(
      "MODEL", "A run folder, a folder with model.safetensors, or a .safetensors file."),
    groups: [OptionGroup("what is written", [torch.option, onnx.option])],
    examples: [
      "palindrome export runs/first --torch encoders",
      "palindrome export runs/first --onnx encoders.onnx   # and encoders.audio.onnx",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    guard values[torch] != nil || values[onnx] != nil else {
      throw CommandFailure(.usage, "nothing to write; give --torch DIR or --onnx FILE")
    }
    if let path = values[onnx], let taken = [path, audioPath(path)].first(where: Folder.hasEntry) {
      throw StorageError.cannotCreate(
        path: taken, reason: "it is there already; choose another name, or take it away")
    }
    let text = invocation.positionals[0]
    let source = try ModelSource(text)
    let model = try ExportedModel(source)
    if try !ModelOptions.tellMissingScale(of: source, invocation.console), model.sound == nil {
      invocation.console.note(
        "\(text): has no audio encoder that was trained; the image encoder is written alone")
    }
    if !model.seesPictures {
      invocation.console.note(
        "\(text): was trained on sound alone; its image encoder is as it began")
    }
    var written: [(kind: String, path: String)] = []
    if let folder = values[torch] {
      try TorchFolder.write(model, to: folder)
      written.append(("torch", folder))
    }
    if let path = values[onnx] {
      if model.seesPictures {
        try AtomicFile.write(
          OnnxEncoders.image(model, producerVersion: Palindrome.version), to: path)
        written.append(("onnx_image", path))
      }
      if let bytes = OnnxEncoders.audio(model, producerVersion: Palindrome.version) {
        let beside = audioPath(path)
        try AtomicFile.write(bytes, to: beside)
        written.append(("onnx_audio", beside))
      }
    }
    if invocation.wantsJSON {
      invocation.console.result(
        JSONValue.object(JSONObject(written.map { ($0.kind, .string($0.path)) })).text())
    } else {
      for file in written { invocation.console.result(file.path) }
    }
    return .done
  }

  /// `encoders.onnx` -> `encoders.audio.onnx`.
  private static func audioPath(_ path: String) -> String {
    path.hasSuffix(".onnx") ? path.dropLast(5) + ".audio.onnx" : path + ".audio"
  }
}
