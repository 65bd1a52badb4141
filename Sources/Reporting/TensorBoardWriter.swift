import Foundation
import Storage

/// Writes scalars for TensorBoard into a new event file of a run folder.
///
/// Event files are only ever appended to; a resumed run begins a file of its own, which tells
/// TensorBoard to drop the steps that the earlier files hold beyond the checkpoint.
package final class TensorBoardWriter {
  /// The path of the event file.
  package var path: String { file.path }
  private let file: OpenFile
  private let clock: @Sendable () -> Double

  /// Begins an event file in `folder` for a run that has done `completedSteps` steps. `clock` gives
  /// seconds since 1970.
  package init(
    folder: String, completedSteps: Int = 0,
    clock: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
  ) throws(StorageError) {
    let now = clock()
    file = try Self.create(in: folder, now: now)
    self.clock = clock
    try file.write(EventEncoding.version(wallTime: now))
    if completedSteps > 0 {
      try file.write(EventEncoding.sessionStart(wallTime: now, step: completedSteps))
    }
  }

  /// Appends the scalars known after `step` completed steps. Those that are not finite are left
  /// out: TensorBoard cannot draw them.
  package func append(step: Int, _ scalars: [(tag: String, value: Double)]) throws(StorageError) {
    let finite = scalars.filter { $0.value.isFinite }.map { (tag: $0.tag, value: Float($0.value)) }
    guard !finite.isEmpty else { return }
    try file.write(EventEncoding.scalars(wallTime: clock(), step: step, finite))
  }

  /// TensorBoard reads the files of a folder in the order of their names, which begin with the
  /// time: a file made within the second of an earlier one counts as made a second later.
  private static func create(in folder: String, now: Double) throws(StorageError) -> OpenFile {
    let start = "events.out.tfevents."
    let newest = Folder.names(in: folder).compactMap { name -> Int? in
      guard name.hasPrefix(start) else { return nil }
      return Int(name.dropFirst(start.count).prefix { $0 != "." })
    }.filter { $0 < 1 << 40 }.max()
    let second = max(Int(now), (newest ?? 0) + 1)
    let host = ProcessInfo.processInfo.hostName.split(separator: "/").joined(separator: "-")
    return try OpenFile.creating("\(folder)/\(start)\(second).\(host)")
  }
}
