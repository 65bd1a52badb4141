extension VideoIndex {
  /// The fewest videos that are held out when any are, as long as half of the folder is left to train on.
  package static let fewestHeldOut = 4

  /// Which videos are kept out of training, as indices into `videos`, and which are trained on; both
  /// rising.
  ///
  /// The videos with the lowest hashes of their relative paths are held out: `share` of them, rounded up,
  /// at least `fewestHeldOut`, at most half of the folder. So the choice depends on the names only, and
  /// when the folder grows no more than the videos next to the border change sides. A share of 0
  /// holds none out.
  package func split(holdout share: Double) -> (training: [Int], heldOut: [Int]) {
    let everything = Array(videos.indices)
    guard share > 0 else { return (everything, []) }
    let wanted = Int((min(share, 1) * Double(videos.count)).rounded(.up))
    let count = min(max(wanted, Self.fewestHeldOut), videos.count / 2)
    let keys = videos.map(\.key)
    let ranked = everything.sorted { (keys[$0], $0) < (keys[$1], $1) }
    return (ranked.dropFirst(count).sorted(), ranked.prefix(count).sorted())
  }
}
