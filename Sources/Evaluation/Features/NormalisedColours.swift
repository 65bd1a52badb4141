import ClipData
import TensorCore

/// Bytes as the encoder's input: ImageNet's mean and deviation taken out.
enum NormalisedColours {
  /// For red, green and blue a table of 256 in place of a multiplication and a sum a value.
  static let tables = (0..<3).map { c in
    (0..<256).map { (Float($0) / 255 - ColourMap.mean[c]) / ColourMap.deviation[c] }
  }

  /// RGB bytes of `count` pictures of one size as [count, height, width, 3], on the calling thread.
  static func images(_ bytes: [ArraySlice<UInt8>], width: Int, height: Int) -> Tensor {
    .make([bytes.count, height, width, 3]) { out in
      tables[0].withUnsafeBufferPointer { red in
        tables[1].withUnsafeBufferPointer { green in
          tables[2].withUnsafeBufferPointer { blue in
            for (index, picture) in bytes.enumerated() {
              var to = out + index * width * height * 3
              picture.withUnsafeBufferPointer { source in
                precondition(
                  source.count == width * height * 3,
                  "a frame of \(source.count) bytes is not \(width)x\(height) RGB")
                var at = 0
                while at < source.count {
                  to[0] = red[Int(source[at])]
                  to[1] = green[Int(source[at &+ 1])]
                  to[2] = blue[Int(source[at &+ 2])]
                  at &+= 3
                  to += 3
                }
              }
            }
          }
        }
      }
    }
  }
}
