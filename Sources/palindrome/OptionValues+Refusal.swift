import Settings

extension OptionValues {
  /// Throws where one of `options` was given, of which `work` makes no use.
  func refuse(_ options: [Option], in work: String) throws(CommandFailure) {
    for option in options where self[option.name] != nil {
      throw CommandFailure(.usage, "--\(option.name) has no part in \(work); leave it out")
    }
  }
}
