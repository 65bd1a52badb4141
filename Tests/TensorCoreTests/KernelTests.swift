import CKernels
import Foundation
import TensorCore
import Testing

/// Every kernel on every tier that this processor runs, against exact arithmetic and against the portable
/// tier (the habit of dav1d's checkasm). The tiers are called by their tables, so that what other tests use
/// does not change under them.
@Suite struct KernelTests {
  static let all =
    KernelCase.elementwise + KernelCase.rows + KernelCase.windows + KernelCase.winograd
    + KernelCase.products + KernelCase.propagation + KernelCase.search
  static let tiers = [PK_PORTABLE, PK_AVX2, PK_AVX512].filter { pk_tier_table($0) != nil }

  @Test(arguments: all.map(\.name)) func agreesOnEveryTier(_ name: String) throws {
    let kernel = try #require(Self.all.first { $0.name == name })
    for size in KernelCase.sizes {
      var portable: [Double] = []
      for tier in Self.tiers {
        let table = try #require(pk_tier_table(tier)).pointee
        var draw = Draw(size)
        let (got, wanted) = kernel.run(table, size, &draw)
        #expect(distance(got, wanted) <= kernel.tolerance, "size \(size), tier \(tier.rawValue)")
        if tier == PK_PORTABLE { portable = got }
        #expect(distance(got, portable) <= kernel.tolerance, "size \(size), tier \(tier.rawValue)")
      }
    }
  }

  /// The largest distance as a share of the largest magnitude wanted; infinite for what is not a number.
  private func distance(_ got: [Double], _ wanted: [Double]) -> Double {
    guard got.count == wanted.count else { return .infinity }
    let scale = wanted.reduce(1e-30) { max($0, abs($1)) }
    return zip(got, wanted).reduce(0) {
      let error = abs($1.0 - $1.1) / scale
      return error.isNaN ? .infinity : max($0, error)
    }
  }

  /// A kernel added to the list needs a case here.
  @Test func everyKernelHasACase() throws {
    let list = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/CKernels/kernel_list.h")
    let text = try String(contentsOf: list, encoding: .utf8)
    let names = text.split(separator: "\n").filter { $0.hasPrefix("PK_KERNEL(") }.compactMap {
      $0.split(separator: ",").dropFirst().first?.trimmingPrefix(while: \.isWhitespace)
    }.map(String.init)
    #expect(names.count > 20)
    let covered = Self.all.map { $0.name }
    let missing = Set(names).subtracting(covered).sorted()
    #expect(missing == [], "add a KernelCase for each")
    #expect(Set(covered).count == covered.count)
  }

  @Test func tierIsCappedByTheProcessor() {
    let best = pk_best_tier()
    #expect(pk_use_tier(PK_AVX512) == best)
    #expect(pk_current_tier() == best)
    #expect(pk_tier_table(PK_PORTABLE) != nil)
    #expect((pk_tier_table(PK_AVX512) != nil) == (best == PK_AVX512))
  }

  /// NaN must come out of what NaN goes into, or a run that diverged would look healthy.
  @Test func notANumberGoesThrough() throws {
    for tier in Self.tiers {
      let table = try #require(pk_tier_table(tier)).pointee
      var y: [Float] = [0, 0, 0]
      table.relu(3, [.nan, 1, -1], &y)
      #expect(y[0].isNaN && y[1] == 1 && y[2] == 0)
      _ = table.softmax_row(3, 1, [.nan, 1, -1], nil, &y)
      let all = y.allSatisfy { $0.isNaN }
      #expect(all)
      let row = [Float](repeating: .nan, count: 16)
      let one = [Float](repeating: 1, count: 16)
      var out = one
      table.channel_affine(1, 16, row, one, one, nil, 1, &out)
      let affine = out.allSatisfy { $0.isNaN }
      #expect(affine)
      let window = Window(
        input: [1, 1, 1, 16], kernel: (3, 3), stride: 2, padding: 1, mode: .zeros)
      out = one
      window.withKernelWindow { table.affine_maxpool($0, row, one, one, 0, 1, &out, nil, nil) }
      let pooled = out.allSatisfy { $0.isNaN }
      #expect(pooled)
    }
  }
}
