import ClipData

/// Encodes the parts of several files in every view that the settings ask for, each view in batches of its own: view 0
/// gets the bits that it would get alone.
struct ViewEncoder {
  private let logMel: LogMel
  private let settings: EmbeddingSettings
  private var views: [PartEncoder]

  init(_ encoder: ClipEncoder, _ settings: EmbeddingSettings) {
    logMel = encoder.logMel
    self.settings = settings
    views = (0..<settings.views).map { _ in PartEncoder(encoder, settings) }
  }

  /// Parts taken in so far.
  var count: Int { views[0].results.count }

  /// Takes in a part of the file at `path`, whose windows reach over `span`.
  mutating func add(_ part: ClipPart, of path: String, span: ClosedRange<Double>) {
    views[0].add(part)
    for number in views.indices.dropFirst() {
      let view = ClipView(number, of: path, mirror: settings.mirror)
      views[number].add(part.seen(by: view, span: span, settings, logMel))
    }
  }

  /// Encodes what is left.
  mutating func finish() {
    for number in views.indices { views[number].finish() }
  }

  /// For each view the sums of the windows of a part.
  func result(_ part: Int) -> [[WindowSums]] { views.map { $0.results[part] } }
}
