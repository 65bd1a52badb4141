/// The widths of the features that the encoders hand to the heads.
package struct FeatureDimensions: Sendable, Equatable {
  /// Channels of a node and of the pooled image feature.
  package let visual: Int
  /// Channels of the pooled audio feature.
  package let audio: Int

  package init(visual: Int, audio: Int) {
    self.visual = visual
    self.audio = audio
  }
}
