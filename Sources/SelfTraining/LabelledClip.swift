/// A clip of which the class is known.
package struct LabelledClip: Sendable, Equatable {
  /// Its row in the views.
  package var row: Int
  /// The place of its class.
  package var label: Int
  /// Clips of one group (a subject, a session) never stand on both sides of a split.
  package var group: String?

  package init(row: Int, label: Int, group: String? = nil) {
    (self.row, self.label, self.group) = (row, label, group)
  }
}
