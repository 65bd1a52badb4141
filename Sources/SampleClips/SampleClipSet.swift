/// All sample clips of a seed, and the lists of labels that go with them.
package struct SampleClipSet: Sendable {
  package let seed: UInt64
  /// Class by class, in the order of their numbers.
  package let clips: [SampleClip]

  /// `clipsPerKind` clips of each of `kinds`.
  package init(
    seed: UInt64, kinds: [ClipKind] = ClipKind.allCases,
    clipsPerKind: Int = ClipKind.clipsPerKind
  ) {
    self.seed = seed
    clips = kinds.flatMap { kind in
      (1...max(clipsPerKind, 1)).map { SampleClip(kind, number: $0, seed: seed) }
    }
  }

  /// The clips that `few.csv` lists: numbers 1 and 2 of each class.
  package var few: [SampleClip] { clips.filter { $0.number <= 2 } }

  /// The clips that `test.csv` lists, held out: the numbers from 10 of each class.
  package var test: [SampleClip] { clips.filter { $0.number >= 10 } }

  /// A list of labels: the header `path,label`, then a line a clip.
  package static func table(of clips: [SampleClip]) -> String {
    clips.reduce(into: "path,label\n") { text, clip in text += "\(clip.path),\(clip.label)\n" }
  }
}
