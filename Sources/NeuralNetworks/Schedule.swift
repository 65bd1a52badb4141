import Foundation

/// A learning rate that rises linearly over the first steps and then falls along half a cosine
/// (Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts; warm-up after Goyal et al. 2017).
package struct WarmupCosine: Sendable, Equatable {
  package let peak: Double
  /// Steps over which the rate rises from peak / warmup to peak.
  package let warmup: Int
  package let total: Int
  /// The share of the peak at which the cosine ends.
  package let floor: Double

  package init(peak: Double, warmup: Int, total: Int, floor: Double = 0) {
    self.peak = peak
    self.warmup = max(0, min(warmup, total))
    self.total = max(1, total)
    self.floor = floor
  }

  /// The rate of step `step`, counted from 0; past the end it stays at the floor.
  package func rate(_ step: Int) -> Double {
    if step < warmup { return peak * Double(step + 1) / Double(warmup) }
    let share = min(1, Double(step - warmup) / Double(max(1, total - warmup)))
    return peak * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * share)))
  }
}
