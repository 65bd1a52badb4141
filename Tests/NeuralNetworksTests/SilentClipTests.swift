import Autodiff
import ClipData
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Clips in which nothing is heard, among others.
@Suite struct SilentClipTests {
  private static let windows = 40

  /// The audio encoder's features of a batch in training, and its parameters and running statistics after it.
  private func step(_ clips: [Int?]) -> (features: [[Float]], state: [[Float]]) {
    let size = Self.windows * 64
    let sounds = formulaTensor("sounds", [3, size]).array
    let audio = clips.flatMap { clip in
      clip.map { Array(sounds[$0 * size..<($0 + 1) * size]) } ?? [Float](repeating: 0, count: size)
    }
    let batch = ClipBatch(
      step: 0, views: 1, frames: 1, layout: .dense(size: 32), images: .zeros([0, 32, 32, 3]),
      videos: Array(clips.indices), times: clips.map { _ in 0 },
      audio: Tensor(audio, [clips.count, Self.windows, 64, 1]), hasAudio: clips.map { $0 != nil })
    let store = ParameterStore()
    let encoders = Encoders(
      configuration: EncoderConfiguration(width: 16, audioWidth: 4), store: store, seed: 3)
    let tape = Tape()
    guard let heard = encoders.encode(batch, tape: tape, audio: true).audio else { return ([], []) }
    let width = heard.shape[1]
    let values = heard.value.array
    return (
      clips.indices.map { Array(values[$0 * width..<($0 + 1) * width]) },
      store.all.filter { $0.name.hasPrefix("audio.") }.map(\.value.array)
    )
  }

  @Test func leaveNoTraceInTheEncoder() {
    let alone = step([0, 1, 2])
    let among = step([0, nil, 1, nil, nil, 2])
    #expect([0, 2, 5].map { among.features[$0] } == alone.features)
    #expect(among.state == alone.state)
    for place in [1, 3, 4] { #expect(among.features[place].allSatisfy { $0 == 0 }) }
    let untouched = step([nil, nil])
    #expect(untouched.features.allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(untouched.features[0].count == alone.features[0].count)
    #expect(untouched.state != alone.state)
  }
}
