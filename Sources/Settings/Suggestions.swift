/// The candidate that was probably meant by a mistyped `word`; nil where none is near.
///
/// Near is an edit distance of at most a third of the word. A candidate's part after its last dot counts as
/// well: `temperature` finds `walk.temperature`.
package func nearestWord(to word: String, among candidates: [String]) -> String? {
  let limit = max(1, word.count / 3)
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let lastPart = candidate.split(separator: ".").last.map(String.init) ?? candidate
    let distance = min(
      editDistance(word, candidate),
      // Whole names win over parts at the same distance.
      lastPart == candidate ? .max : editDistance(word, lastPart) + 1)
    if distance <= limit, best.map({ distance < $0.distance }) ?? true {
      best = (distance, candidate)
    }
  }
  return best?.candidate
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b` (optimal string
/// alignment).
package func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in b.indices {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
