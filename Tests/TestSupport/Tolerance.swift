/// Whether `got` is within an absolute plus a relative distance of `wanted`; both are stated by the
/// caller, as NumPy's `allclose` has them: |got - wanted| <= absolute + relative × |wanted|.
package func isClose(
  _ got: Double, _ wanted: Double, absolute: Double, relative: Double
) -> Bool {
  abs(got - wanted) <= absolute + relative * abs(wanted)
}

/// The largest distance between two lists of numbers, divided by the largest magnitude in `wanted`.
package func relativeError(_ got: [Float], _ wanted: [Double]) -> Double {
  precondition(got.count == wanted.count, "\(got.count) numbers against \(wanted.count)")
  let scale = wanted.reduce(1e-30) { max($0, abs($1)) }
  return zip(got, wanted).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
}
