import ClipData
import SampleClips
import Testing

@Suite struct SampleClipSetTests {
  @Test func listsAreConsistentAndDisjoint() {
    let set = SampleClipSet(seed: 0)
    #expect(ClipKind.allCases.count >= 8)
    #expect(set.clips.count == ClipKind.allCases.count * 12)
    let all = Set(set.clips.map(\.path))
    #expect(all.count == set.clips.count)
    let (few, test) = (Set(set.few.map(\.path)), Set(set.test.map(\.path)))
    #expect(few.count == 2 * ClipKind.allCases.count)
    #expect(test.count == 3 * ClipKind.allCases.count)
    #expect(few.isDisjoint(with: test))
    #expect(few.union(test).isSubset(of: all))
    for kind in ClipKind.allCases {
      #expect(set.few.filter { $0.kind == kind }.count == 2)
      #expect(set.test.filter { $0.kind == kind }.count == 3)
    }
  }

  @Test func tablesHaveAHeaderAndALineAClip() {
    let set = SampleClipSet(seed: 0, kinds: [.bell, .ball], clipsPerKind: 1)
    #expect(
      SampleClipSet.table(of: set.clips)
        == "path,label\nbell/bell-01.mp4,bell\nball/ball-01.mp4,ball\n")
  }

  @Test func theSyntheticSourceGivesWhatIsAsked() throws {
    let source = SyntheticSource(SampleClipSet(seed: 4, kinds: [.drum], clipsPerKind: 2))
    let path = source.paths[1]
    #expect(source.probe(path: path).verdict == .ok)
    #expect(source.probe(path: "no.mp4").verdict == .unreadable)
    let request = SegmentRequest(start: 1.5, duration: 0.5, rate: 8, shortSide: 30)
    let segment = try source.segment(path: path, request)
    #expect(segment.times == [1.5, 1.625, 1.75, 1.875])
    #expect((segment.width, segment.height) == (40, 30))
    #expect(segment.pixels.count == 4 * 40 * 30 * 3)
    #expect(segment.audio.count == 8000)
    let whole = try #require(source.clip(path: path)).sound(rate: 16_000)
    #expect(segment.audio == Array(whole[24_000..<32_000]))
    #expect(throws: SyntheticSource.UnknownClip.self) {
      try source.segment(path: "no.mp4", request)
    }
  }

  @Test func stretchesBeyondTheEndAreCutAndSilent() throws {
    let source = SyntheticSource(SampleClipSet(seed: 4, kinds: [.wheel], clipsPerKind: 1))
    let request = SegmentRequest(start: 3.5, duration: 1, rate: 8, shortSide: 16)
    let segment = try source.segment(path: source.paths[0], request)
    #expect(segment.times == [3.5, 3.625, 3.75, 3.875])
    #expect(segment.audio.count == 16_000)
    #expect(segment.audio[8000...].allSatisfy { $0 == 0 })
    #expect(segment.audio[..<8000].contains { $0 != 0 })
  }
}
