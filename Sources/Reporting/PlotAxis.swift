import Foundation

/// The range and the ticks of one axis: round numbers that cover the data.
struct PlotAxis {
  let range: ClosedRange<Double>
  let ticks: [Double]

  /// An axis over `values`, of which at least one is drawable, with about `count` ticks.
  init(_ values: [Double], count: Int = 5, whole: Bool = false) {
    let finite = values.filter(\.isDrawable)
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    if high - low <= max(abs(high) * 1e-9, 1e-30) {
      // A level line is shown in the middle.
      let room = max(abs(high) * 0.1, 0.5)
      low -= room
      high += room
    }
    var step = Self.roundStep((high - low) / Double(count))
    if whole { step = max(1, step) }
    let first = (low / step).rounded(.down)
    let last = (high / step).rounded(.up)
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    range = first * step...last * step
  }

  /// The next of 1, 2 or 5 times a power of ten.
  private static func roundStep(_ wanted: Double) -> Double {
    let power = pow(10, floor(log10(wanted)))
    for factor in [1.0, 2, 5] where factor * power >= wanted * 0.999 { return factor * power }
    return 10 * power
  }

  /// Where a value stands, 0...1.
  func place(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// A tick's number with the digits that tell it from its neighbours.
  func label(_ tick: Double) -> String {
    let step = ticks.count > 1 ? ticks[1] - ticks[0] : 1
    if abs(tick) >= 1e6 || step < 1e-4 { return NumberText.short(tick) }
    return NumberText.fixed(tick, max(0, Int((-log10(step)).rounded(.up))))
  }
}

extension Double {
  /// Whether a plot can hold the number: finite, and not so large that an axis loses its digits.
  var isDrawable: Bool { abs(self) <= 1e30 }
}
