/// Clips with their thumbnails on one HTML page that refers to nothing outside itself.
package struct ClipSheet: Sendable {
  /// One clip.
  package struct Item: Sendable {
    /// As the file is called.
    package var title: String
    /// One short line: the place in the file, what it holds.
    package var detail: String
    /// The cosine or the confidence; nil where it means nothing, as for the query itself.
    package var score: Double?
    /// nil where there is no picture, as for sound.
    package var image: PageImage?

    package init(title: String, detail: String, score: Double? = nil, image: PageImage? = nil) {
      self.title = title
      self.detail = detail
      self.score = score
      self.image = image
    }
  }
  /// Clips that stand together under a heading.
  package struct Section: Sendable {
    package var heading: String
    package var items: [Item]

    package init(_ heading: String, _ items: [Item]) {
      self.heading = heading
      self.items = items
    }
  }
  package var title: String
  /// One sentence on what is shown.
  package var status: String
  package var sections: [Section]

  package init(title: String, status: String, sections: [Section]) {
    self.title = title
    self.status = status
    self.sections = sections
  }

  /// The whole page.
  package func render() -> String {
    HTMLPage(
      title: title, style: Self.style,
      body: """
        <main>
        <h1>\(escaped(title))</h1>
        <p class="status">\(escaped(status))</p>
        \(sections.map(Self.render).joined())</main>
        """
    ).render()
  }

  static func render(_ section: Section) -> String {
    let cards = section.items.map { item -> String in
      let picture =
        item.image.map {
          "<img src=\"\($0.uri)\" width=\"\($0.width)\" height=\"\($0.height)\" alt=\"\">"
        } ?? "<div class=\"none\">no picture</div>"
      let score = item.score.map { "<b>\(NumberText.fixed($0, 3))</b> " } ?? ""
      return "<figure>\(picture)<figcaption>\(score)<span>\(escaped(item.title))</span>"
        + "<small>\(escaped(item.detail))</small></figcaption></figure>\n"
    }
    return """
      <section>
      <h2>\(escaped(section.heading))</h2>
      <div class="sheet">
      \(cards.joined())</div>
      </section>

      """
  }

  static let style = """
    .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); gap: .75rem; }
    .sheet figure { padding: .5rem; }
    .sheet img, .none { width: 100%; height: 120px; object-fit: contain; background: var(--line);
      border-radius: 4px; }
    .none { display: grid; place-items: center; color: var(--soft); font-size: .85rem; }
    .sheet figcaption { font-size: .85rem; margin-top: .4rem; overflow-wrap: anywhere; }
    .sheet figcaption b { font-variant-numeric: tabular-nums; }
    .sheet small { display: block; color: var(--soft); }
    """
}
