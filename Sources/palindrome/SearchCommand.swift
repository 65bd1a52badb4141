import Neighbours
import Reporting
import Settings
import Storage
import TensorCore

/// `palindrome search`: nearest clips, near duplicates, and retrieval across modalities.
enum SearchCommand: Command {
  static let name = "search"
  static let summary = "find the nearest clips, near duplicates, or video by sound"

  static let syntax = ArgumentSyntax(
    command: "palindrome search",
    summary: """
      Finds clips by the cosine of their embeddings: exact, the matrix read in blocks and never held whole. Give one of --query, --duplicates and --retrieval. With embeddings of the space that \
      pictures and sounds share (embed --space av), --by audio --find video finds pictures by sound. A foreign \
      .npy of float32 rows serves too; its rows then have numbers for names.
      """,
    groups: [
      OptionGroup(
        "what is sought",
        [
          SearchOptions.embeddings.option, SearchOptions.query.option, SearchOptions.count.option,
          SearchOptions.by.option, SearchOptions.find.option, SearchOptions.others.option,
          SearchOptions.duplicates.option, SearchOptions.limit.option,
          SearchOptions.retrieval.option, SearchOptions.html.option, ModelOptions.made.option,
        ]), DecodingOptions.group,
    ],
    examples: [
      "palindrome search --embeddings E.npy --query 17 -k 10 --html found.html",
      "palindrome search --embeddings E.npy --query new.mp4 --model runs/first",
      "palindrome search --embeddings AV.npy --query bell.wav --model runs/first --find video",
      "palindrome search --embeddings E.npy --duplicates 0.98",
      "palindrome search --embeddings AV.npy --retrieval --json",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let wishes = [
      values[SearchOptions.query] != nil, values[SearchOptions.duplicates] != nil,
      values[SearchOptions.retrieval],
    ]
    guard wishes.count(where: { $0 }) == 1 else {
      throw CommandFailure(
        .usage,
        wishes.contains(true)
          ? "give one of --query, --duplicates and --retrieval, not several"
          : "nothing to search for; give --query, --duplicates or --retrieval")
    }
    try refuseUnused(values)
    try NewFile.check(values, SearchOptions.html)
    let set = try SearchSet(values[SearchOptions.embeddings])
    if let query = values[SearchOptions.query] {
      var search = QuerySearch(set, query, invocation)
      try search.run()
    } else if let threshold = values[SearchOptions.duplicates] {
      var search = DuplicateSearch(set, threshold: threshold, invocation)
      try search.run()
    } else {
      try RetrievalReport(set, invocation).run()
    }
    return .done
  }

  /// Throws where an option was given that belongs to another search.
  private static func refuseUnused(_ values: OptionValues) throws {
    let ofQueries = [
      SearchOptions.find.option, SearchOptions.count.option, SearchOptions.others.option,
      ModelOptions.made.option,
    ]
    if values[SearchOptions.query] != nil {
      try values.refuse([SearchOptions.limit.option], in: "search --query")
    } else if values[SearchOptions.duplicates] != nil {
      try values.refuse(ofQueries, in: "search --duplicates")
    } else {
      let listing = [SearchOptions.by, SearchOptions.html].map(\.option)
      try values.refuse(
        ofQueries + listing + [SearchOptions.limit.option], in: "search --retrieval")
    }
  }
}
