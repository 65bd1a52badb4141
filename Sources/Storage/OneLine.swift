/// `text` with every control character (a file's name may hold line ends) replaced by `?`, and cut where it is longer
/// than a message can be (a file may hold anything in the place of a name).
package func oneLine(_ text: String, limit: Int = 1000) -> String {
  var result = String.UnicodeScalarView()
  for (place, scalar) in text.unicodeScalars.enumerated() {
    if place == limit {
      result.append(contentsOf: "...".unicodeScalars)
      break
    }
    let isControl = scalar.properties.generalCategory == .control
    let isSeparator = scalar == "\u{2028}" || scalar == "\u{2029}"
    result.append(isControl || isSeparator ? "?" : scalar)
  }
  return String(result)
}
