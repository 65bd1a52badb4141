/// How labels are carried from frame to frame; the defaults are those of the contrastive random walk's
/// evaluation (Jabri, Owens, Efros, NeurIPS 2020).
package struct PropagationSettings: Sendable, Codable, Equatable {
  /// Frames just before the current one whose labels are looked at, besides the marked ones.
  package var context = 20
  /// Cells within less than this (Euclidean) distance are looked at in those frames.
  package var radius = 12.0
  /// Neighbours whose labels are mixed, the best over the whole context.
  package var topK = 10
  /// Cosine similarities are divided by this before the softmax.
  package var temperature = 0.05

  package init() {}
}
