import Settings

extension OptionValues {
  /// Throws where one of `options` was given, of which `work` makes no use.
  func refuse(_ options: [Option], in work: String) throws(CommandFailure) {
    for option in options {
      guard let value = self[option.name] else { continue }
      let no = value == .flag(false) ? "no-" : ""
      throw CommandFailure(.usage, "--\(no)\(option.name) has no part in \(work); leave it out")
    }
  }
}
