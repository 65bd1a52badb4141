import ClipData

/// Where the walkers of one clip ought to end: for every node of the first frame the nodes, with their shares,
/// that show the same place.
struct HomeTargets: Sendable {
  struct Target: Sendable, Equatable {
    var from: Int
    var to: Int
    /// Of all targets of `from` together 1.
    var share: Float
  }

  /// In the order of `from`.
  let targets: [Target]
  /// How many nodes have a target.
  let walkers: Int

  /// The very nodes from which they left.
  init(identity nodes: Int) {
    targets = (0..<nodes).map { Target(from: $0, to: $0, share: 1) }
    walkers = nodes
  }

  /// The places of another view's grid, shared among the four nodes around by bilinear weights. A node whose
  /// place the view does not show has no target.
  init(_ map: ViewMap, grid: (rows: Int, columns: Int), layout: NodeLayout) {
    let (down, across) = (NodeAxis(grid.rows, layout), NodeAxis(grid.columns, layout))
    var targets: [Target] = []
    var walkers = 0
    // The map keeps rows and columns apart.
    let rowsByRow = (0..<grid.rows).map { down.nodes(at: map(x: 0, y: down.centre($0)).y) }
    let columnsByColumn = (0..<grid.columns).map {
      across.nodes(at: map(x: across.centre($0), y: 0).x)
    }
    for (row, rows) in rowsByRow.enumerated() {
      for (column, columns) in columnsByColumn.enumerated() {
        guard let rows, let columns else { continue }
        walkers += 1
        for (y, yShare) in rows {
          for (x, xShare) in columns where yShare * xShare > 0 {
            targets.append(
              Target(
                from: row * grid.columns + column, to: y * grid.columns + x,
                share: Float(yShare * xShare)))
          }
        }
      }
    }
    self.targets = targets
    self.walkers = walkers
  }
}

/// The nodes along one side of a view.
private struct NodeAxis {
  private let count: Int
  /// The first node's centre and the distance to the next one's, in fractions of the side.
  private let first, step: Double

  init(_ count: Int, _ layout: NodeLayout) {
    self.count = count
    switch layout {
    case .patches:
      // Half-overlapping patches.
      step = 1 / Double(count + 1)
      first = step
    case .dense(let size):
      // Every layer of stride 2 looks at pixel 2 i, so that a cell of the map looks at pixel 8 i.
      step = 1 / Double(count)
      first = 0.5 / Double(size)
    }
  }

  func centre(_ index: Int) -> Double { first + Double(index) * step }

  /// The two nodes around a place and their shares, the last node's alone beyond it; nil outside the view.
  func nodes(at place: Double) -> [(Int, Double)]? {
    guard (0...1).contains(place) else { return nil }
    let at = (place - first) / step
    let inside = min(max(at, 0), Double(count - 1))
    let low = min(Int(inside), max(0, count - 2))
    let share = inside - Double(low)
    return count == 1 ? [(0, 1)] : [(low, 1 - share), (low + 1, share)]
  }
}
