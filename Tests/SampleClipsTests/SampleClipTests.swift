import SampleClips
import Testing

@Suite struct SampleClipTests {
  @Test func everyFrameAndSampleIsAFunctionOfTheSeed() {
    for kind in ClipKind.allCases {
      let clip = SampleClip(kind, number: 3, seed: 9)
      let again = SampleClip(kind, number: 3, seed: 9)
      let other = SampleClip(kind, number: 3, seed: 10)
      #expect(
        clip.frame(at: 1.25, width: 48, height: 36) == again.frame(at: 1.25, width: 48, height: 36))
      #expect(clip.sound(rate: 8000) == again.sound(rate: 8000))
      #expect(
        clip.frame(at: 1.25, width: 48, height: 36) != other.frame(at: 1.25, width: 48, height: 36))
      #expect(clip.sound(rate: 8000) != other.sound(rate: 8000))
    }
  }

  @Test(arguments: ClipKind.allCases) func theObjectIsLargeAndMoves(kind: ClipKind) {
    for number in 1...4 {
      let clip = SampleClip(kind, number: number, seed: 0)
      let (width, height) = (80, 60)
      let large = (0..<8).filter { step in
        let mask = clip.mask(at: Double(step) * 0.5, width: width, height: height)
        let rows = (0..<height).filter { row in
          mask[row * width..<(row + 1) * width].contains(1)
        }
        return rows.count >= height / 4
      }
      // An occluder may hide it for a moment.
      #expect(large.count >= 7, "\(clip.path)")
      let early = clip.frame(at: 1, width: width, height: height)
      let late = clip.frame(at: 1.2, width: width, height: height)
      #expect(early != late)
    }
  }

  @Test(arguments: ClipKind.allCases) func loudnessFollowsTheMotion(kind: ClipKind) {
    for number in 1...3 {
      let clip = SampleClip(kind, number: number, seed: 0)
      let loudness = windowedLoudness(clip.sound(rate: 16_000), window: 800)
      let efforts = loudness.indices.map { index in
        (0..<10).map { clip.effort(at: 0.05 * (Double(index) + Double($0) / 10)) }.reduce(0, +) / 10
      }
      // Rung bars last longer than the blow, and clicks are far shorter than a window.
      let floor = kind == .bell || kind == .ratchet ? 0.4 : 0.8
      #expect(correlation(loudness, efforts) > floor, "\(clip.path)")
    }
  }

  @Test(arguments: ClipKind.allCases) func everySecondHoldsSound(kind: ClipKind) {
    for number in 1...12 {
      let sound = SampleClip(kind, number: number, seed: 0).sound(rate: 8000)
      #expect(sound.count == 32_000)
      #expect(sound.allSatisfy { abs($0) <= 0.9 })
      for start in stride(from: 0, through: 24_000, by: 4000) {
        let peak = sound[start..<start + 8000].map(abs).max() ?? 0
        #expect(peak > 0.1, "\(kind) \(number) at \(start) of 8000 a second")
      }
    }
  }

  @Test func impactsAreHeardWhenTheyAreSeen() {
    for kind in [ClipKind.bell, .drum, .ratchet, .ball] {
      let clip = SampleClip(kind, number: 5, seed: 2)
      let sound = clip.sound(rate: 16_000)
      #expect(clip.impacts.count >= 6)
      for impact in clip.impacts where impact.time > 0.02 && impact.time < 3.95 {
        let place = Int(impact.time * 16_000)
        let before = energy(sound[place - 200..<place])
        let after = energy(sound[place..<place + 200])
        #expect(after > before, "\(kind) at \(impact.time)")
      }
    }
  }

  // The pair that only motion tells apart: over many clips, angles modulo the wheel's symmetry are
  // uniform for both, so that a single frame of one could be one of the other.
  @Test func wheelAndRatchetAreAlikeInSingleFrames() {
    for kind in [ClipKind.wheel, .ratchet] {
      var counts = [Int](repeating: 0, count: 8)
      for number in 1...400 {
        let angle = SampleClip(kind, number: number, seed: 1).motion(at: 1.7)
        let turn = angle / (.pi / 2)
        counts[min(7, Int((turn - turn.rounded(.down)) * 8))] += 1
      }
      // Chi-squared with 7 degrees of freedom: 24.3 has a chance of 0.1 %.
      let statistic = counts.map { Double(($0 - 50) * ($0 - 50)) / 50 }.reduce(0, +)
      #expect(statistic < 24.3, "\(kind): \(counts)")
    }
  }

  @Test func wheelAndRatchetMoveDifferently() {
    func steadiness(_ kind: ClipKind) -> Double {
      let clip = SampleClip(kind, number: 1, seed: 1)
      let steps = (0..<200).map { step in
        abs(clip.motion(at: Double(step + 1) / 50) - clip.motion(at: Double(step) / 50))
      }
      return (steps.max() ?? 0) / (steps.reduce(0, +) / 200)
    }
    #expect(steadiness(.wheel) < 2)
    #expect(steadiness(.ratchet) > 4)
  }
}

private func energy(_ sound: ArraySlice<Float>) -> Double {
  sound.reduce(0) { $0 + Double($1) * Double($1) }
}

/// Root mean square of each window.
private func windowedLoudness(_ sound: [Float], window: Int) -> [Double] {
  stride(from: 0, to: sound.count - window + 1, by: window).map { start in
    (energy(sound[start..<start + window]) / Double(window)).squareRoot()
  }
}

/// Pearson's correlation.
private func correlation(_ a: [Double], _ b: [Double]) -> Double {
  let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
  var (ab, aa, bb) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    ab += (x - meanA) * (y - meanB)
    aa += (x - meanA) * (x - meanA)
    bb += (y - meanB) * (y - meanB)
  }
  return ab / (aa * bb).squareRoot()
}
