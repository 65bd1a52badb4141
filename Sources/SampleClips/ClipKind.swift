/// The classes of the sample clips: what is seen, and the sound that it makes.
///
/// Three pairs are hard on purpose. `bell` and `drum` look alike and sound different; `slider` and
/// `orbiter` sound alike and move differently; `wheel` and `ratchet` have the same distribution of
/// single frames (and so look alike in any of them) and differ only in how they move.
package enum ClipKind: String, CaseIterable, Sendable {
  /// A ringed plate struck by a mallet: inharmonic partials that ring, louder for higher swings.
  case bell
  /// The same plate and mallet: a short low thud.
  case drum
  /// A chequered box that runs to and fro on a rail: a rush of air, brighter and louder with speed.
  case slider
  /// A striped triangle on an arm about a hub, now fast, now slow: the same rush of air.
  case orbiter
  /// A toothed wheel that turns smoothly: a hum whose pitch and loudness follow its speed.
  case wheel
  /// The same wheel turned in sudden steps: a click a step, louder for larger steps.
  case ratchet
  /// A dotted ball that bounces on a floor: a rising chirp a bounce, louder for harder ones.
  case ball
  /// A star that flashes: a reedless square-wave beep while it is lit, louder when brighter.
  case lamp
  /// A striped bob on a long rod: a gliding tone that rises as it swings faster.
  case pendulum
  /// Bellows that are drawn out and pressed together: a chord of reeds, louder when moved faster.
  case bellows

  /// The number of clips of a class in the full set.
  package static let clipsPerKind = 12
}
