extension VideoReader {
  /// Moves to somewhere before second `time`, far enough for the pictures from there on to be whole. False
  /// where the container cannot. Containers promise nothing: the caller checks the times that come.
  package func seek(before time: Double) -> Bool {
    guard let preRoll = Self.preRolls.last, time > preRoll else { return false }
    return seek(to: time, preRoll: preRoll)
  }
}
