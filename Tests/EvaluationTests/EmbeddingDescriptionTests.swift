import ClipData
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct EmbeddingDescriptionTests {
  @Test func isReadAsItWasWritten() throws {
    let (_, description) = try written { $0 }
    #expect(description.videoDimensions == 192 && description.audioDimensions == 128)
    #expect(description.model == "pixels" && description.dimensions == 320)
  }

  @Test(arguments: ["-5", "16777217", "9223372036854775807", "1.5", "null"])
  func impossibleDimensionsAreRefused(_ number: String) throws {
    for part in ["video", "audio"] {
      let error = #expect(throws: EvaluationError.self) {
        _ = try written { text in
          let pattern = "\"\(part)_dimensions\": *[0-9]+"
          let changed = text.replacingOccurrences(
            of: pattern, with: "\"\(part)_dimensions\": \(number)", options: .regularExpression)
          #expect(changed != text)
          return changed
        }
      }
      #expect(error?.exitStatus == 65 && error?.description.contains("E.json") == true)
    }
  }

  /// An embedding in the cache is that of the same files, model, settings and way of computing features.
  @Test func theKeyTellsWhatTheRowsDependOn() throws {
    let (folder, description) = try written { $0 }
    try "video".write(toFile: folder.path("a.mp4"), atomically: true, encoding: .utf8)
    let listing = try MediaListing(folder.path)
    let key = description.key(listing)
    #expect(key == description.key(listing))
    var changed = description
    changed.features += 1
    #expect(key != changed.key(listing))
    changed = description
    (changed.folder, changed.model) = ("elsewhere", "moved")
    #expect(key == changed.key(listing))
    changed.settings.clip = 3
    #expect(key != changed.key(listing))
    try "other video".write(toFile: folder.path("a.mp4"), atomically: true, encoding: .utf8)
    #expect(key != description.key(try MediaListing(folder.path)))
  }

  /// Windows that overlap have other frames than before that was told; all other rows are as they were.
  @Test func rowsOfOverlappingWindowsOfBeforeAreRefused() {
    func isRefused(_ change: (inout EmbeddingSettings) -> Void) -> Bool {
      var settings = EmbeddingSettings()
      change(&settings)
      var old = EmbeddingDescription(
        videoDimensions: 64, audioDimensions: 0, folder: "/videos", model: "runs/a",
        modelHash: "aa",
        seed: 0, preset: "", settings: settings)
      #expect(throws: Never.self) { try old.checkFeatures("E.json") }
      var other = old
      other.settings = EmbeddingSettings()
      other.settings = settings
      // As predict does with those of the classifier.
      #expect(other.features == old.features)
      old.features = 1
      return (try? old.checkFeatures("E.json")) == nil
    }
    #expect(isRefused { ($0.perWindow, $0.stride) = (true, 0.1) })
    #expect(!isRefused { _ in } && !isRefused { ($0.perWindow, $0.stride) = (true, 2) })
  }

  /// Writes a description, changed as text, and reads it back.
  private func written(
    _ change: (String) -> String
  ) throws -> (ScratchFolder, EmbeddingDescription) {
    let folder = try ScratchFolder()
    let description = EmbeddingDescription(
      videoDimensions: 192, audioDimensions: 128, folder: "videos", model: "pixels",
      modelHash: "", seed: 0, preset: "", settings: EmbeddingSettings())
    let path = folder.path("E.json")
    try change(description.json.text()).write(toFile: path, atomically: true, encoding: .utf8)
    return (folder, try EmbeddingDescription(reading: path))
  }
}
