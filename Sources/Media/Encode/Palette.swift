/// The 256 colours of an indexed picture.
package struct Palette: Sendable, Hashable {
  /// 0xRRGGBB each.
  package let colours: [UInt32]

  /// Takes up to 256 colours of 0xRRGGBB; the rest are black.
  package init(_ colours: [UInt32]) {
    self.colours = (0..<256).map { $0 < colours.count ? colours[$0] & 0xFF_FFFF : 0 }
  }

  /// The colours of DAVIS's and Pascal VOC's masks: the bits of the index, dealt to red, green and blue
  /// in turn from the highest bit down. 0 is black, 1 dark red, 2 dark green, 3 olive.
  package static let davis = Palette(
    (0..<256).map { index in
      var (red, green, blue): (UInt32, UInt32, UInt32) = (0, 0, 0)
      for bit in 0..<8 {
        let three = UInt32(index) >> UInt32(3 * bit)
        red |= (three & 1) << UInt32(7 - bit)
        green |= (three >> 1 & 1) << UInt32(7 - bit)
        blue |= (three >> 2 & 1) << UInt32(7 - bit)
      }
      return red << 16 | green << 8 | blue
    })
}
