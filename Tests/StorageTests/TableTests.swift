import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct TableTests {
  @Test func fieldsSurvive() throws {
    let folder = try ScratchFolder()
    let path = folder.path("t.csv")
    let rows = [["a", "b,\"c\"", ""], [" d", "line\nbreak", "é\r"], ["\"", "x", "y"]]
    let text = CSVTable.line(["one", "two", "three"]) + rows.map(CSVTable.line).joined()
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let table = try CSVTable(path)
    #expect(table.rows.map(\.fields) == rows)
    #expect(table.rows.map(\.line) == [2, 3, 5])
    #expect(table.column("two") == 1 && table.column("four") == nil)
  }

  /// Rows that are appended, cut off and appended again are an .npy file like any other.
  @Test func rowsOfAGrowingMatrix() throws {
    let folder = try ScratchFolder()
    let path = folder.path("rows.npy")
    let writer = try NpyRowWriter(path, columns: 3)
    try writer.append([1, 2, 3, 4, 5, 6])
    try writer.append([7, 8, 9])
    try writer.sync()
    let resumed = try NpyRowWriter(path, columns: 3, rows: 2)
    try resumed.append([10, 11, 12])
    try resumed.sync()
    #expect(try Npy.read(path).array == [1, 2, 3, 4, 5, 6, 10, 11, 12])
    let rows = try NpyRows(path)
    #expect(rows.rows == 3 && rows.columns == 3)
    #expect(try rows.tensor(rows: 1..<3).array == [4, 5, 6, 10, 11, 12])
    #expect(throws: StorageError.self) { try NpyRowWriter(path, columns: 3, rows: 9) }
    try Npy.write(Tensor([1, 2], [2]), to: path)
    #expect(throws: StorageError.self) { try NpyRows(path) }
  }
}
