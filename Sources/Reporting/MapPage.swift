import Settings

/// Points in the plane, coloured by their labels, with a picture of each where there is one: one HTML page that
/// refers to nothing outside itself.
package struct MapPage: Sendable {
  package struct Point: Sendable {
    /// On the map.
    package var place: (x: Double, y: Double)
    /// By principal components, for comparison.
    package var principal: (x: Double, y: Double)
    /// Index into `labels`; nil without one.
    package var label: Int?
    package var title: String
    package var detail: String
    package var image: PageImage?

    package init(
      place: (x: Double, y: Double), principal: (x: Double, y: Double), label: Int?, title: String,
      detail: String, image: PageImage? = nil
    ) {
      self.place = place
      self.principal = principal
      self.label = label
      self.title = title
      self.detail = detail
      self.image = image
    }
  }
  package var title: String
  /// One or two sentences on what is shown and how far it can be trusted.
  package var status: String
  package var labels: [String]
  package var points: [Point]

  package init(title: String, status: String, labels: [String], points: [Point]) {
    self.title = title
    self.status = status
    self.labels = labels
    self.points = points
  }

  /// The whole page.
  package func render() -> String {
    HTMLPage(
      title: title, style: Self.style,
      body: """
        <main class="map">
        <h1>\(escaped(title))</h1>
        <p class="status">\(escaped(status))</p>
        <div class="board">
        <canvas id="map" tabindex="0" role="img" aria-label="\(escaped(label))"></canvas>
        <div id="tip" hidden><img id="picture" alt=""><b id="name"></b><span id="detail"></span></div>
        </div>
        <div class="bar-row"><button id="view" type="button" aria-pressed="false">principal components</button>
        <button id="reset" type="button">whole map</button>
        <span class="keys">wheel or + − zoom, drag or arrows move, 0 shows all, n and p go from clip to clip</span></div>
        <div id="legend" class="map-legend"></div>
        <p id="said" class="said" aria-live="polite"></p>
        <noscript><p class="warning">The map is drawn by the script in this page; allow scripts to see it.</p></noscript>
        </main>
        <script type="application/json" id="data">\(data)</script>
        <script>
        \(Self.script)
        </script>
        """
    ).render()
  }

  private var label: String {
    "\(points.count) clips on a map"
      + (labels.isEmpty ? "" : ", coloured by \(counted(labels.count, "label"))")
  }

  /// The points by columns. A `<` in a text cannot end the element.
  private var data: String {
    func column(_ value: (Point) -> Double) -> JSONValue {
      .array(points.map { .number((value($0) * 1e4).rounded() / 1e4) })
    }
    let members: JSONValue = [
      "x": column { $0.place.x }, "y": column { $0.place.y }, "u": column { $0.principal.x },
      "v": column { $0.principal.y },
      "label": .array(points.map { .integer($0.label ?? -1) }),
      "title": .array(points.map { .string($0.title) }),
      "detail": .array(points.map { .string($0.detail) }),
      "image": .array(points.map { $0.image.map { .string($0.uri) } ?? 0 }),
      "labels": .array(labels.map { .string($0) }),
    ]
    return members.text().replacing("<", with: "\\u003c")
  }
}
