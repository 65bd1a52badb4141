extension CSVTable {
  /// Some rows of a table that may be long: those whose places, counted from 0 behind the header, are in
  /// `places`; in the order of the file. The other rows are passed over without a look at their fields.
  ///
  /// Returns the rows as a table, and how many rows the file has in all. `Row.line` counts within that table.
  package static func reading(
    _ path: String, rows places: Set<Int>, limit: Int = 1 << 32
  ) throws(StorageError) -> (table: CSVTable, count: Int) {
    let bytes = try readBytes(path, limit: limit)
    // The parser takes one mark away: one that stands behind lines without content is text.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var kept = mark
    var count = -1  // the header comes first
    bytes.withUnsafeBufferPointer { bytes in
      var start = bytes.starts(with: mark) ? 3 : 0
      while start < bytes.count {
        var (end, quoted, fieldBegins) = (start, false, true)
        var contentEnd = bytes.count
        while end < bytes.count {
          let byte = bytes[end]
          end &+= 1
          if quoted {
            // A doubled quote closes and opens.
            if byte == quote { quoted = end < bytes.count && bytes[end] == quote }
            if byte == quote, quoted { end &+= 1 }
            continue
          }
          if byte == newline || byte == carriage {
            contentEnd = end &- 1
            if byte == carriage, end < bytes.count, bytes[end] == newline { end &+= 1 }
            break
          }
          if byte == quote, fieldBegins { quoted = true }
          fieldBegins = byte == comma
        }
        // A line of one field without text, quoted or not, is none.
        let content = bytes[start..<contentEnd]
        if !content.isEmpty, !content.elementsEqual([quote, quote]) {
          if count < 0 || places.contains(count) { kept += bytes[start..<end] }
          count += 1
        }
        start = end
      }
    }
    return (try CSVTable(bytes: kept, path: path), max(0, count))
  }
}
