import Foundation

/// Predictions made as sure as others are. No label has a part in it: two classifiers that are compared by how probable
/// the true classes are would else differ by temperatures, of which one lucky clip may decide.
enum EqualConfidence {
  private static let range = 1e-3...1e3

  /// The mean of the largest probability; 0 without any row.
  static func mean(_ rows: Probabilities) -> Double {
    rows.reduce(0) { $0 + ($1.max() ?? 0) } / Double(max(1, rows.count))
  }

  /// The temperature for logits [N][classes] under which that is `confidence`, or as near as it comes.
  static func temperature(_ logits: [[Double]], confidence: Double) -> Double {
    var (low, high) = (log(range.lowerBound), log(range.upperBound))
    // What is divided by more is less sure.
    for _ in 0..<60 {
      let middle = (low + high) / 2
      let rows = logits.map { Distribution.softmax($0, temperature: exp(middle)) }
      if mean(rows) > confidence { low = middle } else { high = middle }
    }
    return exp((low + high) / 2)
  }

  /// `rows`, as sure as `confidence`.
  static func of(_ rows: Probabilities, _ confidence: Double) -> Probabilities {
    let logits = rows.map(Distribution.logits)
    let temperature = temperature(logits, confidence: confidence)
    return logits.map { Distribution.softmax($0, temperature: temperature) }
  }
}
