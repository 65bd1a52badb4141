import ClipData
import Media
import NeuralNetworks

/// The outcome of embedding one file.
package struct EmbeddedFile: Sendable {
  package var rows: [(row: EmbeddingRow, vector: [Float])] = []
  /// Why there is no row; nil where there is one.
  package var failure: String?
  /// Whether that is so because the file is no longer the one that was listed: what was read of it before is of no use.
  var isOutdated = false
  /// What was amiss and survived.
  package var warnings: [String] = []

  package init(
    rows: [(row: EmbeddingRow, vector: [Float])] = [], failure: String? = nil,
    warnings: [String] = []
  ) {
    (self.rows, self.failure, self.warnings) = (rows, failure, warnings)
  }
}

/// Turns files into rows.
package struct ClipEmbedder: Sendable {
  package let encoder: ClipEncoder
  package let settings: EmbeddingSettings
  let source: MediaSource

  /// Throws where the model has no part that `settings.modality` asks for. `source` decodes the files.
  package init(
    encoder: ClipEncoder, settings: EmbeddingSettings, source: MediaSource = MediaSource()
  ) throws(EvaluationError) {
    guard !settings.modality.hasAudio || encoder.hearsSound else {
      throw EvaluationError(
        .usage,
        "\(encoder.name): it has no audio encoder that is known to be trained; use --modality video, or the folder of a run with av or sound"
      )
    }
    guard !settings.modality.hasVideo || encoder.seesPictures else {
      throw EvaluationError(
        .usage, "\(encoder.name): was trained on sound alone; use --modality audio")
    }
    guard settings.space == .own || encoder.shared != nil else {
      throw EvaluationError(
        .usage,
        "\(encoder.name): has no heads that compare pictures with sounds; give a run with the objective av"
      )
    }
    guard settings.space == .own || !settings.temporal else {
      throw EvaluationError(
        .usage, "--temporal has no part in --space av; leave one of them out")
    }
    precondition(settings.views == 1 || !settings.perWindow, "views of windows")
    self.encoder = encoder
    self.settings = settings
    self.source = source
  }

  /// The same with the weights of `encoders`, which are of the same shape.
  package func with(_ encoders: Encoders) throws(EvaluationError) -> ClipEmbedder {
    try ClipEmbedder(encoder: encoder.with(encoders), settings: settings, source: source)
  }

  /// Values of a row's video part and of its audio part.
  package var videoDimensions: Int {
    if let shared { return settings.modality.hasVideo ? shared.dimensions : 0 }
    return settings.modality.hasVideo ? encoder.videoChannels * (settings.temporal ? 2 : 1) : 0
  }
  package var audioDimensions: Int {
    settings.modality.hasAudio ? shared?.dimensions ?? encoder.audioChannels : 0
  }
  /// nil in the encoders' own space.
  private var shared: SharedSpace? { settings.space == .av ? encoder.shared : nil }

  /// The rows of one file on their own, as for a query; the error names the file.
  package func embed(_ path: String, as relativePath: String? = nil) throws -> EmbeddedFile {
    let identity = FileIdentity.of(path)
    let reader = try open(path)
    defer { reader.close() }
    let parts = try parts(reader, path)
    var views: [[WindowSums]] = Array(repeating: [], count: settings.views)
    for windows in parts {
      var batch = ViewEncoder(encoder, settings)
      batch.add(
        try ClipPart(windows, reader, settings, encoder.logMel), of: relativePath ?? path,
        span: EmbeddingSettings.span(parts))
      batch.finish()
      for (view, sums) in batch.result(0).enumerated() { views[view] += sums }
    }
    if let identity, identity.isOutdated(by: path) {
      throw MediaError(
        .unreadable, path: path,
        reason: "was changed while it was read; start anew once it is complete")
    }
    return file(relativePath ?? path, views, warnings: reader.warnings)
  }

  /// Opens a file that has what the modality asks for.
  func open(_ path: String) throws(MediaError) -> any MomentReading {
    let reader = try source.moments(path: path)
    guard settings.modality != .video || reader.hasPictures else {
      reader.close()
      throw MediaError(
        .missingTrack, path: path,
        reason: "has no pictures; --modality audio or both embeds its sound")
    }
    return reader
  }

  /// The windows of a file in parts; throws where there are too many.
  func parts(_ reader: any MomentReading, _ path: String) throws(MediaError) -> [[ClipWindow]] {
    guard !settings.exceedsWindows(duration: reader.duration) else {
      throw MediaError(
        .refused, path: path,
        reason:
          "claims \(Int(reader.duration)) s, more than \(EmbeddingSettings.mostWindows) windows; "
          + "use a longer --stride, or re-encode it")
    }
    return settings.parts(settings.plan(duration: reader.duration))
  }

  /// Why a file has no row.
  private func nothing(_ warnings: [String]) -> String {
    warnings.isEmpty
      ? "is silent" + (settings.modality.hasVideo ? " and has no pictures" : "")
        + "; nothing in it can be embedded"
      : "nothing of it could be decoded; leave it out or re-encode it"
  }

  /// The rows made of all the windows of a file, in order; a row a view where there are several. A view of which
  /// nothing was decoded is the whole file again.
  func file(_ path: String, _ views: [[WindowSums]], warnings: [String]) -> EmbeddedFile {
    var result = file(path, views.first ?? [], warnings: warnings)
    guard let whole = result.rows.first else { return result }
    for view in views.dropFirst() {
      result.rows.append(file(path, view, warnings: []).rows.first ?? whole)
    }
    return result
  }

  /// The rows made of the windows of a file.
  private func file(_ path: String, _ windows: [WindowSums], warnings: [String]) -> EmbeddedFile {
    var result = EmbeddedFile(warnings: warnings)
    var kept = shared.map { windows.map($0.project) } ?? windows
    // A window of which nothing was decoded gives no row; silence does, where silence was asked for.
    if settings.modality.hasVideo { kept.removeAll { $0.isEmpty } }
    let contents = kept.count
    kept.removeAll { !$0.isFinite }
    let damaged = contents - kept.count
    let words = "vectors that are not finite; the file or the model's weights are damaged"
    if damaged > 0, kept.isEmpty || !settings.perWindow {
      result.failure = "gives " + words
      return result
    }
    if damaged > 0 {
      result.warnings.append("\(damaged) of \(windows.count) windows give " + words)
    }
    if !settings.perWindow {
      guard var whole = kept.first else {
        result.failure = nothing(warnings)
        return result
      }
      for window in kept.dropFirst() { whole.add(window) }
      guard whole.frames > 0 || whole.sounds > 0 else {
        result.failure = nothing(warnings)
        return result
      }
      kept = [whole]
    } else if contents < windows.count {
      result.warnings.append(
        "\(windows.count - contents) of \(windows.count) windows have no content")
    }
    if kept.isEmpty { result.failure = nothing(warnings) }
    result.rows = kept.map { sums in
      let row = EmbeddingRow(
        path: path, start: max(0, sums.start), end: sums.end, hasAudio: sums.sounds > 0,
        hasVideo: sums.frames > 0)
      return (row, sums.vector(settings))
    }
    return result
  }
}
