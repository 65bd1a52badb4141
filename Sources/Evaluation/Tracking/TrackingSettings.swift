/// How labels are carried through a video.
package struct TrackingSettings: Sendable, Equatable {
  package var propagation = PropagationSettings()
  /// Which maps of the encoder are compared.
  package var layers = FeatureModel.Layers.layer3
  /// Whether the first frame's mean feature is subtracted from all features.
  package var centring = false
  /// Whether the encoder's batch statistics are the first frame's instead of the stored ones.
  package var ownStatistics = false
  /// Whether a mask comes to the grid by the share of each cell's pixels instead of interpolation at its middle.
  package var areaLabels = false
  /// The mass that some cell must give to an object, else it is lost.
  package var lostBelow = 0.0
  /// The share of its mark's mass that a point must keep, else it is lost.
  package var pointLostBelow = 0.0
  /// Lines of the frames that the model sees, where the video has more; nil for the video's own.
  package var lines: Int?

  /// The protocol of the contrastive random walk's evaluation (Jabri, Owens, Efros, NeurIPS 2020).
  package init() {}
}

extension TrackingSettings {
  /// What measured best with an encoder of width 32 trained for 20 minutes, on eight sequences of DAVIS 2016: J&F
  /// 63.8 at 240 lines (74.0 at 480) against 61.8 (73.7) of the reference and 60.2 (72.4) with centring, which
  /// helps an untrained encoder only (46.7 against 39.7).
  package static let best = {
    var settings = TrackingSettings()
    settings.layers = .both
    return settings
  }()
}
