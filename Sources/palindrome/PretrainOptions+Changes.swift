import Settings
import Training

extension PretrainOptions {
  /// What differs between the settings of a run and those it is resumed with, both as `config.json` has them,
  /// in the words of the command line: `--steps 4, not --steps 6`. Nil where nothing does.
  static func change(from was: JSONValue, to now: JSONValue) -> String? {
    // The values that follow from these come first in the file.
    for key in ["preset", "objectives", "options"] {
      let (old, new) = (was[key] ?? .null, now[key] ?? .null)
      let change = TrainingConfiguration.firstChange(was: [key: old], now: [key: new])
      if let change { return words(change, was, now) }
    }
    return TrainingConfiguration.firstChange(was: was, now: now).map { words($0, was, now) }
  }

  private static func words(
    _ change: (name: String, was: String, now: String), _ was: JSONValue, _ now: JSONValue
  ) -> String {
    let parts = change.name.split(separator: ".").map(String.init)
    func typed(_ value: String, in settings: JSONValue) -> String {
      switch parts[0] {
      case "objectives":
        let members = settings["objectives"]?.object?.members ?? []
        return "--objectives "
          + members.map { "\($0.key)=\(number($0.value))" }.joined(separator: ",")
      case "length":
        let member = settings["length"]?.object?.members.first
        return member.map { "--\($0.key) \(number($0.value))" } ?? "another length"
      case "clips" where parts.count > 2 && parts[1] == "layout" && change.was == "unset":
        return "--nodes " + (settings["clips"]?["layout"]?.object?.keys.first ?? "")
      default: return plain(parts, value)
      }
    }
    let (old, new) = (typed(change.was, in: was), typed(change.now, in: now))
    return new.hasPrefix("no --") ? "\(old), not without it" : "\(old), not \(new)"
  }

  private static func number(_ value: JSONValue) -> String {
    value.double.map { OptionValue.double($0).text } ?? value.text()
  }

  private static func plain(_ parts: [String], _ value: String) -> String {
    guard let option = option(of: parts) else {
      return "\(parts.joined(separator: ".")) = \(value)"
    }
    if option.kind == .flag { return (value == "true" ? "--" : "--no-") + option.name }
    if value == "unset", [returnHalving.option.name, returnShift.option.name].contains(option.name)
    {
      return "--\(option.name) 0"
    }
    return value.isEmpty || value == "unset" ? "no --\(option.name)" : "--\(option.name) \(value)"
  }

  /// The option that a setting of `config.json` comes from: that of an objective, the one of the same name, or
  /// one of the few whose names differ.
  private static func option(of parts: [String]) -> Option? {
    let names = groups.flatMap(\.options)
    if parts[0] == "options" {
      let name = parts.dropFirst().joined(separator: ".")
      return names.first { $0.name == name }
    }
    let last = parts[parts.count - 1]
    if let other = others[last] { return other }
    let dashed = last.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    return names.first { $0.name == dashed }
  }

  private static let others: [String: Option] = [
    "width": preset.option, "audioWidth": preset.option, "videos": batch.option,
    "side": grid.option, "optimiser": optimizer.option, "learningRate": learningRate.option,
    "averageDecay": averageDecay.option, "clipNorm": clipGradient.option,
    // Not an option of this command's own, but of all commands.
    "seed": CommonOptions.seed.option,
  ]
}
