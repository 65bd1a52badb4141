/// What of a clip a classifier judges by: pictures, sound or both. Of a clip that has none of it nothing can be said.
package struct Perception: Sendable, Equatable {
  package let sees: Bool
  package let hears: Bool

  package init(sees: Bool, hears: Bool) { (self.sees, self.hears) = (sees, hears) }

  /// Whether something can be said of a clip that has pictures, or sound, or not.
  package func reaches(video: Bool, audio: Bool) -> Bool { (sees && video) || (hears && audio) }

  /// Why nothing is said of a clip that it does not reach.
  package var obstacle: String {
    let lacking = [sees ? "pictures" : nil, hears ? "sound" : nil].compactMap { $0 }
    return "has no \(lacking.joined(separator: " and no ")), which the classifier judges by"
  }
}

extension TrainedClassifier {
  /// A part counts where a head sees it and some labelled clip has it.
  package var perception: Perception {
    func judges(_ part: Part, _ reference: Strangeness.Reference?) -> Bool {
      ensemble.members.contains { $0.part == part || $0.part == .both }
        && reference.map { !$0.isEmpty } ?? false
    }
    return Perception(
      sees: judges(.video, strangeness.video), hears: judges(.audio, strangeness.audio))
  }
}
