import Settings

extension EmbeddingDescription {
  /// What differs between the descriptions of an embedding and of the one that it is to go on as, both as `json` has
  /// them, in the words of the command line: `--size 64, not --size 128`. Nil where nothing does. Where the folder and
  /// the model lie does not matter.
  static func change(from was: JSONValue, to now: JSONValue) -> String? {
    if version(was) != version(now) { return "the features of another version of palindrome" }
    func text(_ name: String, of value: JSONValue) -> String { value[name]?.string ?? "" }
    let hash = "model_sha256"
    let models = (text("model", of: was), text("model", of: now))
    if text(hash, of: was) != text(hash, of: now)
      || (text(hash, of: was).isEmpty && models.0 != models.1)
    {
      return models.0 == models.1
        ? "--model \(models.0) before that file changed"
        : "--model \(models.0), not --model \(models.1)"
    }
    // What follows from the options comes last.
    for key in ["modality", "seed", "preset", "settings"] {
      let (before, after) = (flat(was[key], key), flat(now[key], key))
      for (name, value) in after {
        let old = before.first { $0.name == name }?.value ?? .null
        if plain(old) != plain(value) { return "\(words(name, old)), not \(words(name, value))" }
      }
    }
    let all = flat(now, "")
    for (name, value) in flat(was, "") where !["folder", "model"].contains(name) {
      let new = all.first { $0.name == name }?.value ?? .null
      if plain(new) != plain(value) { return "\(name) \(plain(value)), not \(plain(new))" }
    }
    return nil
  }

  /// Embeddings of before it was told are of the first one.
  static func version(_ description: JSONValue) -> Int? { description["features"].map(\.int) ?? 1 }

  /// The option by which a member of the description is set, as it is typed.
  private static func words(_ name: String, _ value: JSONValue) -> String {
    let option =
      "--"
      + (name.split(separator: ".").last ?? "").map { $0 == "_" ? "-" : String($0) }.joined()
    if let isOn = value.bool { return isOn ? option : "no \(option)" }
    return plain(value) == "unset" ? "no \(option)" : "\(option) \(plain(value))"
  }

  private static func plain(_ value: JSONValue) -> String {
    if value == .null || value.string == "" { return "unset" }
    return value.int.map(String.init) ?? value.string ?? value.double.map { "\($0)" }
      ?? value.text()
  }

  /// The members of nested objects, each under its dotted name.
  private static func flat(
    _ value: JSONValue?, _ prefix: String
  ) -> [(name: String, value: JSONValue)] {
    guard let object = value?.object else { return value.map { [(prefix, $0)] } ?? [] }
    return object.members.flatMap {
      flat($0.value, prefix.isEmpty ? $0.key : "\(prefix).\($0.key)")
    }
  }
}
