/// The order in which the pictures of a part are encoded, so that each change that a window wants is one between a
/// picture and the one just before it.
///
/// Pictures that windows want one after the other come one after the other: in the order of their times where the windows'
/// times coincide, else chain by chain. Where a picture has two that follow it, at times that differ by rounding, it is
/// encoded again before the second.
struct PictureOrder: Sendable {
  struct Entry: Sendable, Equatable {
    /// The picture's place in the part.
    var index: Int
    /// Whether it was there before, so that its vector is counted already.
    var isAgain = false
    /// The picture just before, where some window wants the change from it.
    var previous: Int?
  }
  private(set) var entries: [Entry] = []

  /// Of `count` pictures, of which `frames` are those of each window, rising. Without `changes` in the order of the times.
  init(_ frames: [[Int]], count: Int, changes: Bool) {
    guard changes else {
      entries = (0..<count).map { Entry(index: $0) }
      return
    }
    var links: [Int: [Int]] = [:]
    for window in frames {
      for (first, second) in zip(window, window.dropFirst())
      where links[first]?.contains(second) != true {
        links[first, default: []].append(second)
      }
    }
    var isPlaced = [Bool](repeating: false, count: count)
    for start in 0..<count where !isPlaced[start] {
      var entry = Entry(index: start)
      while true {
        entries.append(entry)
        isPlaced[entry.index] = true
        guard let next = links[entry.index]?.first, !isPlaced[next] else { break }
        links[entry.index]?.removeFirst()
        entry = Entry(index: next, previous: entry.index)
      }
    }
    for first in 0..<count {
      for second in links[first] ?? [] {
        entries.append(Entry(index: first, isAgain: true))
        entries.append(Entry(index: second, isAgain: true, previous: first))
      }
    }
  }
}
