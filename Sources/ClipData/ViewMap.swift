/// Where the places of one view of a frame lie in another view of the same frame; both in fractions of their
/// sides, from the upper left.
package struct ViewMap: Sendable, Equatable {
  package var xScale: Double
  package var xShift: Double
  package var yScale: Double
  package var yShift: Double

  package init(xScale: Double, xShift: Double, yScale: Double, yShift: Double) {
    self.xScale = xScale
    self.xShift = xShift
    self.yScale = yScale
    self.yShift = yShift
  }

  /// From what one view shows to what another one shows, each of them mirrored or not.
  init(from: (box: Box, mirrored: Bool), to: (box: Box, mirrored: Bool)) {
    xScale = from.box.width / to.box.width
    xShift = (from.box.x - to.box.x) / to.box.width
    yScale = from.box.height / to.box.height
    yShift = (from.box.y - to.box.y) / to.box.height
    // 1 - u is where a mirrored view shows what stands at u.
    switch (from.mirrored, to.mirrored) {
    case (false, false): break
    case (true, true): xShift = 1 - xScale - xShift
    case (true, false): (xScale, xShift) = (-xScale, xScale + xShift)
    case (false, true): (xScale, xShift) = (-xScale, 1 - xShift)
    }
  }

  package func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
    (xScale * x + xShift, yScale * y + yShift)
  }
}
