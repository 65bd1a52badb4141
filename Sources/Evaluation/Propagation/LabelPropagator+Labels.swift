import CKernels
import TensorCore

extension LabelPropagator {
  func mixed(_ neighbours: Neighbours) -> Tensor {
    let sources = entries.map(\.labels)
    let classes = sources[0].shape[2]
    let k = neighbours.count
    let addresses = sources.map { $0.withData { UInt(bitPattern: $0) } }
    let factor = Float(1 / settings.temperature)
    return withExtendedLifetime(sources) {
      .make([height, width, classes]) { out in
        parallelRanges(cells, block: 256) { range in
          var weights = [Float](repeating: 0, count: k)
          for cell in range {
            let target = out + cell * classes
            target.update(repeating: 0, count: classes)
            // Where the context has fewer than k cells the rest is -infinity, of weight 0.
            neighbours.scores.withUnsafeBufferPointer {
              guard let scores = $0.baseAddress else { return }
              _ = pk_softmax_row(k, factor, scores + cell * k, nil, &weights)
            }
            for j in 0..<k {
              let id = Int(neighbours.ids[cell * k + j])
              guard id >= 0,
                let labels = UnsafePointer<Float>(bitPattern: addresses[id / cells])
              else { continue }
              pk_axpy(classes, weights[j], labels + id % cells * classes, target)
            }
          }
        }
      }
    }
  }

  /// Every cell's features at unit length, as the cosine needs them.
  func normalised(_ features: Tensor) -> Tensor {
    var result = features
    let count = cells
    let channels = channels
    result.withMutableData { values in
      parallelRanges(count, block: 256) { range in
        for cell in range {
          let row = values + cell * channels
          // As PyTorch's normalize has it: a length below 1e-12 counts as 1e-12.
          let length = max(1e-12, pk_sum_squares(channels, row).squareRoot())
          pk_scale(channels, Float(1 / length), row)
        }
      }
    }
    return result
  }
}
