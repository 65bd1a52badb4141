/// How encoders are fine-tuned.
package struct FineTuningPlan: Sendable, Equatable {
  package var steps = 100
  /// Labelled and unlabelled clips of a step.
  package var labelled = 8
  package var unlabelled = 8
  /// Pictures of a clip that a step sees.
  package var frames = 4
  /// The highest rate of the heads; `layerDecay` of it for the layer below, and so on.
  package var learningRate = 1e-3
  package var layerDecay = 0.8
  package var weightDecay = 0.02
  /// The share of the steps over which the rate rises; then it falls along half a cosine.
  package var warmup = 0.1
  /// The largest norm of the gradients.
  package var clipNorm = 1.0
  package var averageDecay = 0.99
  /// The share of a label that is spread over all classes (Szegedy et al., CVPR 2016).
  package var smoothing = 0.05
  /// The weight of the unlabelled clips together, labelled ones having 1.
  package var unlabelledWeight = 1.0
  /// The share of the teacher in the targets of unlabelled clips at the end; it rises from 0, when the frozen classifier
  /// alone is asked.
  package var teacherShare = 0.5

  package init() {}
}
