import Settings

/// The options of `search`.
enum SearchOptions {
  static let embeddings = Setting.requiredPath(
    "embeddings", "The embedding file; its .csv and .json beside it tell what its rows are.",
    placeholder: "E.npy")
  static let query = Setting.string(
    "query",
    "What to search with: the number of a row, or a video or sound file, which --model embeds in the same way.",
    placeholder: "ROW|FILE")
  static let count = Setting.int(
    "count", short: "k", default: 10, in: 1...10_000, "Clips to find.", placeholder: "K")
  static let by = Setting.choice(
    "by", SearchSet.Part.allCases.map(\.rawValue),
    "The part of the query that is compared. By default all that it has.")
  static let find = Setting.choice(
    "find", SearchSet.Part.allCases.map(\.rawValue),
    "The part of the clips that is compared. By default the same as --by.")
  static let others = Setting.flag(
    "other-files", "Leave out the clips of the query's own file.")
  static let duplicates = Setting.double(
    "duplicates", in: 0.01...1,
    "List pairs of clips of different files whose cosine is at least this, and the groups that they form.",
    placeholder: "COSINE")
  static let limit = Setting.int(
    "limit", default: 1000, in: 1...1_000_000, "The most pairs to list; all are counted.")
  static let retrieval = Setting.flag(
    "retrieval",
    "Report how often a clip's sound finds its picture among one clip of every other file, and the reverse: recall at 1 "
      + "and 5 beside chance.")
  static let html = Setting.path(
    "html", "Write the clips found with their thumbnails as one HTML page.", placeholder: "FILE")
}
