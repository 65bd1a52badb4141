import Foundation
import Reporting
import Settings
import Testing

@Suite struct PageTests {
  private static let hostile = "<script>alert('x')</script> & \"so\" \u{7}</script>.mp4"
  private static let image = PageImage(jpeg: [0xFF, 0xD8, 0xFF, 0xD9], width: 10, height: 8)

  /// Nothing is fetched, and no text of the user's becomes markup.
  private func check(_ page: String) {
    for word in ["http:", "https:", "<link", "@import", "src=\"//", "url("] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(!page.contains("alert('x')</script>"))
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
  }

  private func map() -> String {
    MapPage(
      title: Self.hostile, status: Self.hostile, labels: ["a", Self.hostile],
      points: [
        MapPage.Point(
          place: (1, 2.000_01), principal: (0, 0), label: 1, title: Self.hostile, detail: "0–2 s",
          image: Self.image),
        MapPage.Point(
          place: (-3, 4), principal: (1, 1), label: nil, title: "b.mp4", detail: ""),
      ]
    ).render()
  }

  @Test func theMapRefersToNothing() { check(map()) }

  @Test func theMapHoldsItsPoints() throws {
    let page = map()
    let start = try #require(page.range(of: "id=\"data\">")?.upperBound)
    let end = try #require(page[start...].range(of: "</script>")?.lowerBound)
    let data = try JSONValue.parse(Array(page[start..<end].utf8))
    #expect(data["x"]?.array?.compactMap(\.double) == [1, -3])
    #expect(data["y"]?.array?.compactMap(\.double) == [2, 4])
    #expect(data["label"]?.array?.compactMap(\.int) == [1, -1])
    #expect(data["title"]?.array?[0].string == Self.hostile)
    #expect(data["image"]?.array?[0].string?.hasPrefix("data:image/jpeg;base64,/9j/2Q==") == true)
    #expect(data["labels"]?.array?.count == 2)
  }

  @Test func theSheetHoldsItsClips() {
    let page = ClipSheet(
      title: Self.hostile, status: "two clips",
      sections: [
        .init(
          Self.hostile,
          [
            .init(title: Self.hostile, detail: "0–2 s", score: 0.123_45, image: Self.image),
            .init(title: "sound.wav", detail: ""),
          ])
      ]
    ).render()
    check(page)
    #expect(page.contains("<b>0.123</b>") && page.contains("no picture"))
    #expect(page.contains("src=\"data:image/jpeg;base64,/9j/2Q==\" width=\"10\" height=\"8\""))
  }
}
