import Neighbours
import Reporting
import Settings
import Storage
import TensorCore

/// `palindrome map`: the embeddings as a picture.
enum MapCommand: Command {
  static let name = "map"
  static let summary = "draw the embeddings as a map, one HTML page"

  private static let embeddings = SearchOptions.embeddings
  private static let labels = Setting.path(
    "labels", "A table with the columns path and label: colours the clips.", placeholder: "CSV")
  private static let out = Setting.requiredPath(
    "out", "The HTML page to write.", placeholder: "FILE")
  private static let neighbours = Setting.int(
    "neighbours", default: 15, in: 2...200, "Size of the neighbourhoods that the map keeps.")
  private static let points = Setting.int(
    "points", default: 20_000, in: 3...100_000,
    "The most clips on the map; of more, so many are drawn by the seed. The time grows with their square."
  )
  private static let thumbnails = Setting.int(
    "thumbnails", default: 500, in: 0...100_000,
    "The most clips with a picture, spread evenly over the map's; each adds some kilobytes.")
  private static let part = Setting.choice(
    "by", SearchSet.Part.allCases.map(\.rawValue), default: SearchSet.Part.both.rawValue,
    "The part of the embeddings that is drawn.")

  static let syntax = ArgumentSyntax(
    command: "palindrome map",
    summary: """
      Draws every clip as a point such that neighbours by cosine lie together (UMAP, from exact neighbours and \
      beginning with the principal components), coloured by label, with its picture under the pointer. Prints the \
      trustworthiness of the map beside that of the principal components: 1 where all neighbours on the map are \
      neighbours in truth. The same seed gives the same map.
      """,
    groups: [
      OptionGroup(
        "the map",
        [
          embeddings.option, labels.option, out.option, part.option, neighbours.option,
          points.option, thumbnails.option,
        ]), DecodingOptions.group,
    ],
    examples: ["palindrome map --embeddings E.npy --labels labels.csv --out map.html"])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let console = invocation.console
    try NewFile.check(values[out], out.option)
    let whole = try SearchSet(values[embeddings])
    let sample = try MapSample(
      whole, part: SearchSet.Part(rawValue: values[part]) ?? .both, most: values[points],
      seed: invocation.seed)
    let set = try whole.knowing(sample.rows)
    let labelling = try values[labels].map { try MapLabels($0, set, rows: sample.rows) }
    let map = NeighbourMap(
      sample.unit, neighbours: values[neighbours], seed: invocation.seed
    ) { share in console.progress("map: \((share * 100).decimals(0)) %") }
    console.endProgress()
    let k = min(12, (sample.rows.count - 1) / 2)
    let trust = [map.positions, map.principal].map {
      k > 0 ? trustworthiness(of: $0, for: sample.unit, neighbours: k) : 1
    }
    let pictured = spread(sample.rows.count, most: values[thumbnails])
    let images =
      pictured.isEmpty
      ? []
      : Thumbnails.make(
        set, rows: pictured.map { sample.rows[$0] }, try invocation.decoding.source()
      ) { done in
        console.progress("thumbnails: \(done) of \(pictured.count)")
      }
    console.endProgress()
    let byPlace = Dictionary(zip(pictured, images)) { first, _ in first }
    let (places, flat) = (map.positions.array, map.principal.array)
    let marks = sample.rows.enumerated().map { place, row in
      MapPage.Point(
        place: (Double(places[2 * place]), Double(places[2 * place + 1])),
        principal: (Double(flat[2 * place]), Double(flat[2 * place + 1])),
        label: labelling?.labels[place], title: set.title(row), detail: set.span(row),
        image: byPlace[place] ?? nil)
    }
    let status =
      "\(marks.count) clips. Trustworthiness at \(counted(k, "neighbour")): \(NumberText.fixed(trust[0], 3)); the two "
      + "principal components, which hold \(NumberText.percent(map.principalShare, 0)) of the variance: "
      + "\(NumberText.fixed(trust[1], 3)). Distances between far groups say little."
    let page = MapPage(
      title: Folder.lastName(of: set.path), status: status, labels: labelling?.names ?? [],
      points: marks)
    try AtomicFile.write(page.render(), to: values[out])
    report(invocation, sample, trust, labelling, pictures: images.count { $0 != nil })
    return .done
  }

  /// Places spread evenly over `count`.
  private static func spread(_ count: Int, most: Int) -> [Int] {
    most >= count ? Array(0..<count) : (0..<most).map { $0 * count / most }
  }

  private static func report(
    _ invocation: Invocation, _ sample: MapSample, _ trust: [Double], _ labelling: MapLabels?,
    pictures: Int
  ) {
    let out = invocation.values[out]
    if invocation.wantsJSON {
      let result: JSONValue = [
        "map": .string(out), "clips": .integer(sample.rows.count),
        "empty_rows": .integer(sample.empty), "trustworthiness": .number(trust[0]),
        "principal_trustworthiness": .number(trust[1]), "pictures": .integer(pictures),
        "unlabelled": labelling.map { .integer($0.unlabelled) } ?? .null,
      ]
      return invocation.console.result(result.text())
    }
    if sample.empty > 0 {
      invocation.console.note("\(counted(sample.empty, "row is", "rows are")) empty and left out")
    }
    if let labelling, labelling.unlabelled > 0 {
      invocation.console.note("\(counted(labelling.unlabelled, "clip has", "clips have")) no label")
    }
    invocation.console.result(
      "\(out): \(sample.rows.count) clips, trustworthiness \(trust[0].decimals(3)) (principal components "
        + "\(trust[1].decimals(3)))")
  }
}
