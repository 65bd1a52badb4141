/// Where the places of one view of a frame lie in another view of the same frame; both in fractions of their
/// sides, from the upper left.
package struct ViewMap: Sendable, Equatable {
  package var xScale: Double
  package var xShift: Double
  package var yScale: Double
  package var yShift: Double

  package static let identity = ViewMap(xScale: 1, xShift: 0, yScale: 1, yShift: 0)

  package init(xScale: Double, xShift: Double, yScale: Double, yShift: Double) {
    self.xScale = xScale
    self.xShift = xShift
    self.yScale = yScale
    self.yShift = yShift
  }

  /// From what `from` shows to what `to` shows; with `mirrored` both show it mirrored.
  init(from: Box, to: Box, mirrored: Bool) {
    xScale = from.width / to.width
    xShift = (from.x - to.x) / to.width
    yScale = from.height / to.height
    yShift = (from.y - to.y) / to.height
    if mirrored {
      // 1 - u is where a mirrored view shows what stands at u.
      xShift = 1 - xScale - xShift
    }
  }

  package func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
    (xScale * x + xShift, yScale * y + yShift)
  }
}
