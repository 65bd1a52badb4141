/// Names of classes that may be one name written in several ways.
package enum LabelNames {
  /// A name without what is easily mistyped: case, spaces and underscores.
  package static func bare(_ name: String) -> String {
    String(name.lowercased().filter { !$0.isWhitespace && $0 != "_" })
  }

  /// The first of `names` that is another than `name` and differs in case, spaces and underscores alone.
  package static func twin(of name: String, in names: [String]) -> String? {
    let own = bare(name)
    return names.first { $0 != name && bare($0) == own }
  }

  /// A name in a sentence: in quotes where spaces at its ends would not be seen.
  package static func shown(_ name: String) -> String {
    name.first?.isWhitespace ?? true || name.last?.isWhitespace ?? true ? "\"\(name)\"" : name
  }
}
