import ClipData
import TensorCore
import TestSupport
import Testing

/// Small clips that are quick to make.
func smallSettings(_ change: (inout ClipSettings) -> Void = { _ in }) -> ClipSettings {
  var settings = ClipSettings()
  settings.frames = 4
  settings.videos = 3
  settings.layout = .patches(side: 3, patch: 8)
  change(&settings)
  return settings
}

func builder(
  _ source: SquaresSource, _ settings: ClipSettings, seed: UInt64 = 5
) -> ClipBuilder {
  ClipBuilder(
    index: source.index, settings: settings, cache: SegmentCache(source), normalisation: .none,
    seed: seed)
}

@Suite struct ClipLoaderTests {
  private func batches(
    _ source: SquaresSource, _ settings: ClipSettings, threads: Int, steps: Int,
    firstStep: Int = 0, ahead: Int = 2, seed: UInt64 = 5
  ) throws -> [ClipBatch] {
    let videos = Array(source.index.videos.indices)
    let loader = try ClipLoader(
      builder(source, settings, seed: seed), videos: videos, seed: seed, firstStep: firstStep,
      threads: threads, ahead: ahead)
    defer { loader.stop() }
    return try (0..<steps).map { _ in try loader.next().batch }
  }

  private func isSame(_ a: ClipBatch, _ b: ClipBatch) -> Bool {
    a.step == b.step && a.videos == b.videos && a.times == b.times && a.hasAudio == b.hasAudio
      && a.images.array == b.images.array && a.audio?.array == b.audio?.array
      && a.skipped == b.skipped
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    var options = SquaresSource.Options()
    options.broken = [2]
    options.silent = [1]
    options.delay = 0.004
    let settings = smallSettings()
    let one = try batches(SquaresSource(options), settings, threads: 1, steps: 6, ahead: 1)
    for threads in [2, 3, 5] {
      let many = try batches(
        SquaresSource(options), settings, threads: threads, steps: 6, ahead: threads)
      #expect(zip(one, many).allSatisfy(isSame))
    }
    let resumed = try batches(
      SquaresSource(options), settings, threads: 2, steps: 2, firstStep: 4)
    #expect(zip(one[4...], resumed).allSatisfy(isSame))
    let other = try batches(SquaresSource(options), settings, threads: 2, steps: 1, seed: 6)
    #expect(one[0].images.array != other[0].images.array)
  }

  @Test func sameBitsWithAndWithoutTheDisk() throws {
    let settings = smallSettings()
    let wanted = try batches(SquaresSource(), settings, threads: 2, steps: 4)
    let folder = try TemporaryFolder()
    for _ in 0..<2 {
      let source = SquaresSource()
      let cache = SegmentCache(source, directory: folder.path)
      let loader = try ClipLoader(
        ClipBuilder(
          index: source.index, settings: settings, cache: cache, normalisation: .none, seed: 5),
        videos: Array(source.index.videos.indices), seed: 5, threads: 2)
      for batch in wanted { #expect(isSame(try loader.next().batch, batch)) }
      loader.stop()
    }
  }

  @Test func shapesAndMasks() throws {
    var options = SquaresSource.Options()
    options.silent = [1, 4]
    let settings = smallSettings()
    for batch in try batches(SquaresSource(options), settings, threads: 2, steps: 4) {
      #expect(batch.clips == 6)
      #expect(batch.images.shape == [6 * 4 * 9, 8, 8, 3])
      #expect(batch.audio?.shape == [6, 160, 64, 1])
      #expect(batch.images.isFinite)
      for clip in 0..<6 {
        #expect(batch.hasAudio[clip] != options.silent.contains(batch.videos[clip]))
        #expect(batch.videos[clip] == batch.videos[clip / 2 * 2])
        let row = try #require(batch.audio).slice(clip..<clip + 1)
        #expect((row.sumOfSquares == 0) != batch.hasAudio[clip])
      }
      #expect(Set(batch.videos).count == 3)
    }
    let dense = smallSettings {
      $0.layout = .dense(size: 32)
      $0.views = 1
      $0.audioSeconds = 0
    }
    let batch = try batches(SquaresSource(options), dense, threads: 2, steps: 1)[0]
    #expect(batch.images.shape == [3 * 4, 32, 32, 3])
    #expect(batch.audio == nil)
  }

  @Test func everyEpochShowsEveryVideoOnce() throws {
    var options = SquaresSource.Options()
    options.videos = 9
    let settings = smallSettings { $0.views = 1 }
    let seen = try batches(SquaresSource(options), settings, threads: 2, steps: 6)
      .flatMap(\.videos)
    #expect(seen[..<9].sorted() == Array(0..<9))
    #expect(seen[9...].sorted() == Array(0..<9))
    #expect(Array(seen[..<9]) != Array(seen[9...]))
  }

  @Test func brokenVideosAreReplacedAndNamed() throws {
    var options = SquaresSource.Options()
    options.broken = [0, 3]
    let settings = smallSettings()
    let source = SquaresSource(options)
    let made = try batches(source, settings, threads: 2, steps: 8)
    #expect(made.allSatisfy { $0.clips == 6 && Set($0.videos).isDisjoint(with: options.broken) })
    let skipped = made.flatMap(\.skipped)
    #expect(skipped.count >= 5)
    #expect(
      Set(skipped) == ["0: synthetic/0: damaged on purpose", "3: synthetic/3: damaged on purpose"])
    // Each good video once and each bad one once: nothing is tried again.
    #expect(source.decodes <= 8)
  }

  @Test func allBrokenIsAnError() throws {
    var options = SquaresSource.Options()
    options.videos = 3
    options.broken = [0, 1, 2]
    let settings = smallSettings()
    let source = SquaresSource(options)
    #expect(throws: ClipLoaderError.self) {
      try batches(source, settings, threads: 2, steps: 1)
    }
    #expect(throws: ClipLoaderError.self) {
      try ClipLoader(builder(source, settings), videos: [], seed: 1, threads: 1)
    }
  }

  @Test func stoppingEndsTheWait() throws {
    let source = SquaresSource()
    let loader = try ClipLoader(
      builder(source, smallSettings()), videos: [0, 1, 2, 3], seed: 1, threads: 2)
    #expect(try loader.next().waited >= 0)
    loader.stop()
    #expect(throws: ClipLoaderError.self) { try loader.next() }
  }

  @Test func heldOutClipsAreFixed() throws {
    var options = SquaresSource.Options()
    options.broken = [5]
    let source = SquaresSource(options)
    let settings = smallSettings()
    let clips = HeldOutClips(builder(source, settings), videos: [1, 4, 5, 6], rounds: 1)
    #expect(clips.batchCount(size: 3) == 2)
    let (first, skipped) = try clips.batch(0, size: 3)
    let batch = try #require(first)
    #expect(batch.videos == [1, 1, 4, 4])
    #expect(skipped == ["5: synthetic/5: damaged on purpose"])
    #expect(batch.times[0] != batch.times[1])
    let again = HeldOutClips(
      builder(source, settings, seed: 99), videos: [1, 4, 5, 6], rounds: 1)
    #expect(isSame(batch, try #require(try again.batch(0, size: 3).batch)))
    #expect(try clips.batch(1, size: 3).batch?.videos == [6, 6])
  }

  /// Few videos are gone through several times, at moments that are all different.
  @Test func heldOutRoundsTakeOtherMoments() throws {
    let clips = HeldOutClips(builder(SquaresSource(), smallSettings()), videos: [1, 4, 6])
    #expect(clips.rounds == 8)
    #expect(clips.batchCount(size: 2) == 16)
    var times: [Int: [Double]] = [:]
    for number in 0..<16 {
      let batch = try #require(try clips.batch(number, size: 2).batch)
      for (video, time) in zip(batch.videos, batch.times) { times[video, default: []].append(time) }
    }
    #expect(times.keys.sorted() == [1, 4, 6])
    for all in times.values {
      #expect(all.count == 16)
      #expect(Set(all).count == 16)
    }
    #expect(
      HeldOutClips(builder(SquaresSource(), smallSettings()), videos: Array(0..<200)).rounds == 1)
  }
}
