import Foundation

/// Numbers as people read them; the same in every locale.
package enum NumberText {
  /// With so many digits after the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value) : "\(value)"
  }

  /// With about four significant digits, without an exponent where that is short.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    return String(format: "%.4g", value)
  }

  /// A share of one as a percentage.
  package static func percent(_ share: Double, _ digits: Int = 1) -> String {
    fixed(share * 100, digits) + " %"
  }

  /// Seconds as `12 s`, `4:05` or `3:04:05`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours == 0 { return String(format: "%d:%02d", minutes, rest) }
    return String(format: "%d:%02d:%02d", hours, minutes, rest)
  }
}
