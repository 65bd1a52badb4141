import ClipData
import Evaluation
import Foundation
import NeuralNetworks
import Storage
import Synchronization
import TestSupport
import Testing

/// Several views of a clip from one decoding.
@Suite struct EmbeddingViewTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"

  /// The rows of three clips, file by file.
  private static func rows(
    _ model: String = "random", _ change: (inout EmbeddingSettings) -> Void
  ) throws -> [[(row: EmbeddingRow, vector: [Float])]] {
    var settings = EmbeddingSettings()
    (settings.size, settings.temporal) = (32, true)
    change(&settings)
    let encoder = try ModelSource(model).clipEncoder(
      random: EncoderConfiguration(width: 16, audioWidth: 16), seed: 3)
    let files = ["ball/ball-01.mp4", "bell/bell-02.mp4", "wheel/wheel-03.mp4"].map {
      MediaFile(
        relativePath: $0, path: "\(clips)/\($0)",
        identity: FileIdentity.of("\(clips)/\($0)") ?? FileIdentity(size: 0, modified: 0))
    }
    let found = Mutex([[(row: EmbeddingRow, vector: [Float])]](repeating: [], count: 3))
    _ = try EmbeddingRun(
      files, embedder: try ClipEmbedder(encoder: encoder, settings: settings),
      shouldStop: { false },
      deliver: { number, file, _ in found.withLock { $0[number] += file.rows } }
    ).run()
    return found.withLock { $0 }
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func theFirstViewIsTheRowOfEmbed() throws {
    let alone = try Self.rows { _ in }
    let views = try Self.rows { $0.views = 4 }
    for (alone, views) in zip(alone, views) {
      #expect(alone.count == 1 && views.count == 4)
      #expect(views[0].vector == alone[0].vector && views[0].row == alone[0].row)
      for view in views.dropFirst() {
        #expect(view.vector != views[0].vector)
        #expect(Self.cosine(view.vector, views[0].vector) > 0.8)
        #expect(view.row.start >= 0 && view.row.end <= views[0].row.end + 1e-9)
        let share = (view.row.end - view.row.start) / views[0].row.end
        #expect((0.59...0.91).contains(share), "\(share)")
        #expect(view.row.hasVideo && view.row.hasAudio == views[0].row.hasAudio)
      }
    }
  }

  /// A view of a file that is decoded in parts is that of the file in one.
  @Test func partsOfAFileAreSeenAlike() throws {
    // 400 frames a file: two parts of them.
    let views = try Self.rows { ($0.views, $0.clip, $0.rate, $0.temporal) = (3, 1, 100, false) }
    let single = try Self.rows { ($0.views, $0.clip, $0.rate, $0.temporal) = (3, 1, 50, false) }
    for (views, single) in zip(views, single) {
      #expect(views.count == 3)
      for (view, other) in zip(views, single) {
        #expect(view.row.start == other.row.start && view.row.end == other.row.end)
        #expect(Self.cosine(view.vector, other.vector) > 0.99)
      }
    }
  }

  @Test func halfOfTheViewsAreMirrored() throws {
    let plain = try Self.rows("pixels") { ($0.views, $0.modality) = (9, .video) }
    let mirrored = try Self.rows("pixels") {
      ($0.views, $0.modality, $0.mirror) = (9, .video, true)
    }
    let same = zip(plain.joined(), mirrored.joined()).count { $0.vector == $1.vector }
    // The three first views are, and about half of the other 24.
    #expect((8...22).contains(same), "\(same)")
    #expect(zip(plain, mirrored).allSatisfy { $0[0].vector == $1[0].vector })
  }
}
