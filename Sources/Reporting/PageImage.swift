import Foundation

/// A small JPEG picture for a page that refers to nothing outside itself.
package struct PageImage: Sendable {
  package let width: Int
  package let height: Int
  private let base64: String

  package init(jpeg: [UInt8], width: Int, height: Int) {
    self.width = width
    self.height = height
    base64 = Data(jpeg).base64EncodedString()
  }

  var uri: String { "data:image/jpeg;base64," + base64 }
}
