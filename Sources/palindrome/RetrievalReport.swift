import Neighbours
import Settings

/// `search --retrieval`: how often pictures and sounds of the same clip find each other.
struct RetrievalReport {
  private let set: SearchSet
  private let invocation: Invocation
  private static let ks = [1, 5]

  init(_ set: SearchSet, _ invocation: Invocation) {
    self.set = set
    self.invocation = invocation
  }

  func run() throws {
    guard set.isShared else {
      throw CommandFailure(
        .usage,
        "\(set.path): pictures and sounds are not in one space; embed with --space av and --modality both"
      )
    }
    let (video, audio) = (try set.part(.video), try set.part(.audio))
    let files = try set.fileNumbers() ?? []
    let directions = [
      ("video_by_audio", "picture by sound", audio, video),
      ("audio_by_video", "sound by picture", video, audio),
    ]
    let results = try directions.map { key, words, from, to in
      (key, words, try CrossRetrieval(from: from, to: to, files: files, at: Self.ks))
    }
    guard results[0].2.queries > 1 else {
      throw CommandFailure(
        .noInput, "\(set.path): fewer than two clips have picture and sound; embed more")
    }
    if invocation.wantsJSON {
      let members = results.map { key, _, found in (key, Self.json(found)) }
      return invocation.console.result(JSONValue.object(JSONObject(members)).text())
    }
    let heads = Self.ks.flatMap { ["recall@\($0)", "chance"] } + ["median rank", "clips"]
    invocation.console.result(
      "".padded(to: 18) + heads.map { $0.rightAligned(to: 13) }.joined())
    for (_, words, found) in results {
      let shares = zip(found.recall, found.chance).flatMap { [$0, $1] }
        .map { ($0 * 100).decimals(1) + " %" }
      let cells = shares + [found.medianRank.decimals(1), "\(found.queries)"]
      invocation.console.result(
        words.padded(to: 18) + cells.map { $0.rightAligned(to: 13) }.joined())
    }
  }

  private static func json(_ found: CrossRetrieval) -> JSONValue {
    var members: [(String, JSONValue)] = []
    for (index, k) in ks.enumerated() {
      members.append(("recall@\(k)", .number(found.recall[index])))
      members.append(("chance@\(k)", .number(found.chance[index])))
    }
    return .object(
      JSONObject(
        members + [
          ("median_rank", .number(found.medianRank)), ("clips", .integer(found.queries)),
        ]))
  }
}
