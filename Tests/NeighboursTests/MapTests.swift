import Neighbours
import TensorCore
import TestSupport
import Testing

@Suite struct MapTests {
  @Test func principalAxesAreThoseOfScikitLearn() throws {
    let unit = unitRows(clusteredRows(150, 12, clusters: 5, noise: 0.6))
    let axes = PrincipalAxes(unit, count: 3)
    #expect(relativeError(axes.axes.array, try golden("pca.axes").array.map(Double.init)) < 1e-4)
    for (index, variance) in axes.variances.enumerated() {
      #expect(
        isClose(
          variance, Double(try golden("pca.variances").array[index]), absolute: 0, relative: 1e-5))
      #expect(
        isClose(
          variance / axes.totalVariance, Double(try golden("pca.share").array[index]), absolute: 0,
          relative: 1e-5))
    }
  }

  @Test(arguments: [(1, 1, 1), (4, 1, 1), (2, 5, 2), (6, 6, 6)])
  func axesOfFewRowsOrOfEqualOnes(_ rows: Int, _ columns: Int, _ count: Int) {
    let axes = PrincipalAxes(Tensor(repeating: 1, [rows, columns]), count: count)
    #expect(axes.totalVariance < 1e-12 && axes.axes.isFinite)
    #expect(axes.coordinates(of: Tensor(repeating: 1, [rows, columns])).isFinite)
  }

  @Test func trustworthinessIsThatOfScikitLearn() throws {
    let unit = unitRows(clusteredRows(150, 12, clusters: 5, noise: 0.6))
    let flat = PrincipalAxes(unit, count: 2).coordinates(of: unit)
    let maps = [flat, formulaTensor("positions", [150, 2])]
    let got = maps.flatMap { map in
      [1, 5, 12].map { trustworthiness(of: map, for: unit, neighbours: $0) }
    }
    for (got, wanted) in zip(got, try golden("trust").array) {
      #expect(abs(got - Double(wanted)) < 2e-4)
    }
  }

  @Test func graphIsThatOfUMAP() throws {
    let unit = unitRows(clusteredRows(150, 12, clusters: 5, noise: 0.6))
    let graph = NeighbourGraph(NearestOfEach(unit, count: 8))
    var dense = [Float](repeating: 0, count: 150 * 150)
    for edge in graph.edges { dense[Int(edge.from) * 150 + Int(edge.to)] = edge.weight }
    let wanted = try golden("graph").array
    #expect(zip(dense, wanted).allSatisfy { ($0 > 0) == ($1 > 0) })
    #expect(relativeError(dense, wanted.map(Double.init)) < 1e-3)
  }

  @Test func keepsNeighboursBetterThanThePrincipalComponents() {
    let unit = unitRows(clusteredRows(360, 24, clusters: 9, noise: 0.8))
    let map = NeighbourMap(unit, neighbours: 12, seed: 3)
    let mine = trustworthiness(of: map.positions, for: unit, neighbours: 10)
    let flat = trustworthiness(of: map.principal, for: unit, neighbours: 10)
    #expect(mine > flat + 0.03 && mine > 0.9, "\(mine) against \(flat)")
    // The clusters themselves: the nearest point on the map is nearly always of the same one.
    let places = map.positions.array
    let same = (0..<360).count { point in
      let nearest = (0..<360).filter { $0 != point }.min {
        distance(places, point, $0) < distance(places, point, $1)
      }
      return nearest.map { $0 % 9 == point % 9 } ?? false
    }
    #expect(same > 340)
  }

  private func distance(_ places: [Float], _ a: Int, _ b: Int) -> Float {
    let (x, y) = (places[2 * a] - places[2 * b], places[2 * a + 1] - places[2 * b + 1])
    return x * x + y * y
  }

  @Test func theSeedDecidesTheMap() {
    let unit = unitRows(clusteredRows(90, 8, clusters: 4, noise: 0.5))
    let first = NeighbourMap(unit, neighbours: 10, seed: 1).positions.array
    #expect(first == NeighbourMap(unit, neighbours: 10, seed: 1).positions.array)
    #expect(first != NeighbourMap(unit, neighbours: 10, seed: 2).positions.array)
  }

  @Test(arguments: [3, 4, 17]) func fewPoints(_ rows: Int) {
    let map = NeighbourMap(unitRows(formulaTensor("few", [rows, 6])), neighbours: 15, seed: 0)
    #expect(map.positions.isFinite && map.positions.shape == [rows, 2])
  }

  @Test func equalPoints() {
    let map = NeighbourMap(
      unitRows(Tensor(repeating: 1, [20, 4])), neighbours: 5, seed: 0)
    #expect(map.positions.isFinite)
  }
}
