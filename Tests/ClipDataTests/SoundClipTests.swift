import ClipData
import TensorCore
import TestSupport
import Testing

/// Clips of sound alone, and how their sound is changed.
@Suite struct SoundClipTests {
  private func batches(
    _ source: SquaresSource, threads: Int, change: (inout ClipSettings) -> Void = { _ in }
  ) throws -> [ClipBatch] {
    let settings = smallSettings { settings in
      settings.pictures = false
      settings.changesSound = true
      settings.longestGap = 1
      change(&settings)
    }
    let loader = try ClipLoader(
      builder(source, settings), videos: Array(source.index.videos.indices), seed: 5,
      threads: threads)
    defer { loader.stop() }
    return try (0..<5).map { _ in try loader.next().batch }
  }

  @Test func soundAloneFillsABatch() throws {
    var options = SquaresSource.Options()
    options.silent = [3]
    let all = try batches(SquaresSource(options), threads: 1)
    for batch in all {
      #expect(!batch.hasPictures && batch.images.count == 0)
      #expect(batch.audio?.shape == [6, 160, LogMel.bands, 1])
      #expect(batch.hasAudio.allSatisfy { $0 } && !batch.videos.contains(3))
      for pair in stride(from: 0, to: 6, by: 2) {
        #expect(abs(batch.times[pair] - batch.times[pair + 1]) <= 1)
      }
      #expect(batch.times.allSatisfy { (0..<4).contains($0) })
    }
    // The one without sound has its reason given.
    #expect(all.flatMap(\.skipped).contains { $0.contains("no sound") })
    let threaded = try batches(SquaresSource(options), threads: 3)
    for (one, other) in zip(all, threaded) {
      #expect(one.audio?.array == other.audio?.array && one.times == other.times)
    }
  }

  @Test func soundAloneIsKeptOnTheDisk() throws {
    let folder = try ScratchFolder()
    let settings = smallSettings { $0.pictures = false }
    var all: [[Float]] = []
    for decodes in [4, 0] {
      var options = SquaresSource.Options()
      options.videos = 4
      let source = SquaresSource(options)
      let builder = ClipBuilder(
        index: source.index, settings: settings,
        cache: SegmentCache(source, directory: folder.path), normalisation: .none, seed: 5)
      let batch = try HeldOutClips(builder, videos: [0, 1, 2, 3]).batch(0, size: 4).batch
      all.append(batch?.audio?.array ?? [])
      #expect(source.decodes == decodes)
    }
    #expect(all[0] == all[1] && !all[0].isEmpty)
  }

  /// A whisper that fills a small part of the window is as quiet as it is.
  @Test func repeatedSoundIsNoLouder() throws {
    var options = SquaresSource.Options()
    options.duration = 0.2
    // The tone's power is 0.3²/2.
    for (silence, heard) in [(0.2, true), (0.23, false)] {
      let settings = smallSettings {
        $0.pictures = false
        $0.silence = silence
      }
      let clips = HeldOutClips(builder(SquaresSource(options), settings), videos: [1])
      #expect((try clips.batch(0, size: 1).batch != nil) == heard)
    }
  }

  /// Slides and stills: the picture that is shown may be of long before the stretch that is decoded.
  @Test func theSoundOfAHeldPictureIsThatOfItsMoment() throws {
    var options = SquaresSource.Options()
    (options.videos, options.duration) = (2, 40)
    let settings = smallSettings {
      $0.views = 1
      $0.videos = 2
    }
    func sounds(_ options: SquaresSource.Options) throws -> [[Float]] {
      let builder = builder(SquaresSource(options), settings)
      let heldOut = HeldOutClips(builder, videos: [1], views: 1)
      let loader = try ClipLoader(builder, videos: [0, 1], seed: 5, threads: 2)
      defer { loader.stop() }
      return try (0..<8).flatMap { number in
        let batches = [try heldOut.batch(number, size: 1).batch, try loader.next().batch]
        #expect(batches.allSatisfy { $0?.hasAudio.allSatisfy { $0 } == true })
        return batches.map { $0?.audio?.array ?? [] }
      }
    }
    let moving = try sounds(options)
    options.hold = options.duration
    #expect(try sounds(options) == moving)
  }

  @Test func changesAreTheSameInEveryEvaluation() throws {
    let source = SquaresSource()
    func audio(_ changes: Bool) throws -> [[Float]] {
      try batches(source, threads: 2) {
        $0.changesSound = changes
        $0.audioJitter = 0
      }.map { $0.audio?.array ?? [] }
    }
    #expect(try audio(true) != audio(false))
    func heldOut(_ changes: Bool) throws -> [Float]? {
      let settings = smallSettings {
        $0.pictures = false
        $0.changesSound = changes
      }
      return try HeldOutClips(builder(source, settings), videos: [0, 1]).batch(0, size: 2).batch?
        .audio?.array
    }
    #expect(try heldOut(true) != nil && heldOut(true) == heldOut(true))
    #expect(try heldOut(true) != heldOut(false))
  }

  @Test func changesMoveMaskAndKeepTheRange() {
    let rows = 96
    var moved: Set<Int> = []
    for draw in 0..<200 {
      var random = CounterRandom(seed: 3, purpose: .test, step: draw)
      let change = SoundChange(&random)
      #expect((0.5...2).contains(change.gain))
      // One bright band over rows that rise.
      var spectrogram = (0..<rows * LogMel.bands).map { place in
        place % LogMel.bands == 30 ? 5 : Float(place / LogMel.bands) / Float(rows)
      }
      spectrogram.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { change.apply(to: base, rows: rows) }
      }
      #expect(spectrogram.allSatisfy { abs($0) < 12 })
      let hiddenRows = (0..<rows).count { row in
        (0..<LogMel.bands).allSatisfy { spectrogram[row * LogMel.bands + $0] == 0 }
      }
      #expect(hiddenRows <= rows / 5)
      let totals = (0..<LogMel.bands).map { band in
        (0..<rows).reduce(Float(0)) { $0 + spectrogram[$1 * LogMel.bands + band] }
      }
      let dark = totals.count { $0 == 0 }
      #expect(dark <= 10)
      // The bright band stands out from those beside it, whatever the colour.
      let steps = (1..<LogMel.bands - 1).map { (band: Int) -> Float in
        let sides = totals[band - 1] + totals[band + 1]
        return 2 * totals[band] - sides
      }
      let sharpest = (steps.indices.max { steps[$0] < steps[$1] } ?? 0) + 1
      if dark == 0 { moved.insert(sharpest) }
    }
    // The shift of 6 % moves band 30 by four, the stretch by less.
    #expect(moved.count >= 5 && moved.allSatisfy { abs($0 - 30) <= 6 })
  }
}
