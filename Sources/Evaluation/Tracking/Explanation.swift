import Foundation
import Media
import Storage

/// Draws where one cell takes its labels from: the frame with the cell framed, and the frames in which its best
/// neighbours lie with a disk on each, the larger the more it counts.
package final class Explanation {
  private let folder: String
  private let x: Double
  private let y: Double
  private let context: Int
  private let temperature: Double
  /// Small copies of the frames that neighbours may lie in, by number.
  private var frames: [(index: Int, isMarked: Bool, picture: Picture)] = []
  /// Columns of one picture.
  private static let width = 240

  /// - Parameters: x, y: the place in pixels of the user's frame, the same in every frame.
  package init(folder: String, x: Double, y: Double, settings: PropagationSettings) throws {
    self.folder = folder
    (self.x, self.y) = (x, y)
    context = settings.context
    temperature = settings.temperature
    try Folder.create(folder)
  }

  /// Takes a frame as it is tracked and writes its picture, `FOLDER/00012.png`; the first marked frame, whose
  /// labels are the user's, shows the cell alone.
  package func add(_ step: VideoTracker.Step, isMarked: Bool) throws {
    let grid = step.grid
    let whole = Picture(width: grid.modelWidth, height: grid.modelHeight, pixels: step.pixels)
    let height = max(1, Self.width * grid.modelHeight / grid.modelWidth)
    let small = whole.scaled(width: Self.width, height: height)
    try draw(step.sources, small, step)
    frames.append((step.index, isMarked, small))
    let old = frames.dropLast(context).filter(\.isMarked)
    frames = Array(old + frames.suffix(context))
  }

  private func draw(
    _ sources: (neighbours: Neighbours, frames: [Int])?, _ small: Picture, _ step: VideoTracker.Step
  ) throws {
    let grid = step.grid
    let column = min(grid.columns - 1, max(0, Int(x / grid.cellWidth)))
    let row = min(grid.rows - 1, max(0, Int(y / grid.cellHeight)))
    // Pixels of the small picture to a cell.
    let size = Double(FeatureModel.stride * Self.width) / Double(grid.modelWidth)
    var query = small
    query.frame(
      PixelBox(
        x: Int(Double(column) * size), y: Int(Double(row) * size), width: max(3, Int(size)),
        height: max(3, Int(size))), (255, 255, 0))
    let places: [Int: [Place]] =
      sources.map { self.places($0, cell: row * grid.columns + column, grid) } ?? [:]
    let total = places.values.joined().reduce(0.0) { $0 + $1.weight }
    var pictures = [query]
    for (frame, found) in places.sorted(by: { $0.key < $1.key }) {
      guard var picture = frames.last(where: { $0.index == frame })?.picture else { continue }
      for place in found {
        picture.disk(
          x: (Double(place.column) + 0.5) * size, y: (Double(place.row) + 0.5) * size,
          radius: 2 + 6 * (place.weight / total).squareRoot(), (255, 80, 40))
      }
      pictures.append(picture)
    }
    guard let sheet = ContactSheet.sheet(pictures, columns: 4, width: Self.width) else { return }
    try ImageWriter.writePNG(
      sheet.pixels, width: sheet.width, height: sheet.height,
      to: "\(folder)/\(String(format: "%05d", step.index)).png")
  }

  private typealias Place = (column: Int, row: Int, weight: Double)

  /// The neighbours of `cell` by the frame that they lie in, with what each counts beside the best.
  private func places(
    _ sources: (neighbours: Neighbours, frames: [Int]), cell: Int, _ grid: GridGeometry
  ) -> [Int: [Place]] {
    let cells = grid.rows * grid.columns
    let k = sources.neighbours.count
    let best = Double(sources.neighbours.scores[cell * k])
    var places: [Int: [Place]] = [:]
    for at in cell * k..<(cell + 1) * k {
      let id = Int(sources.neighbours.ids[at])
      guard id >= 0 else { continue }
      let weight = exp((Double(sources.neighbours.scores[at]) - best) / temperature)
      places[sources.frames[id / cells], default: []].append(
        (id % cells % grid.columns, id % cells / grid.columns, weight))
    }
    return places
  }
}
