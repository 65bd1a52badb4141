import Storage
import TestSupport
import Testing

/// Some rows of a long table are those of the whole table.
@Suite struct CSVRowsTests {
  private static let text =
    "\u{FEFF}row,path\r\n0,plain\n\n1,\"a, \"\"b\"\"\nc\"\r\n2,5\" of it\n3,\"\"\n4,last"

  @Test(arguments: [[], [0], [1], [2, 4], [0, 1, 2, 3, 4], [9]] as [Set<Int>])
  func takesTheRowsAskedFor(_ places: Set<Int>) throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write(Self.text, to: scratch.path("t.csv"))
    let whole = try CSVTable(scratch.path("t.csv"))
    #expect(whole.rows.count == 5 && whole.rows[1].fields == ["1", "a, \"b\"\nc"])
    let (some, count) = try CSVTable.reading(scratch.path("t.csv"), rows: places)
    #expect(count == 5 && some.header == whole.header)
    #expect(
      some.rows.map(\.fields)
        == whole.rows.indices.filter(places.contains).map {
          whole.rows[$0].fields
        })
  }

  @Test func anEmptyTableIsAnError() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("", to: scratch.path("t.csv"))
    #expect(throws: StorageError.self) {
      _ = try CSVTable.reading(scratch.path("t.csv"), rows: [0])
    }
  }
}
