import Autodiff
import TensorCore

/// Numbers that a formula gives, the same here and in the scripts beside the goldens, so that weights and
/// images need not be stored: SplitMix64 of (FNV-1a of the name + the index), its upper 24 bits, in [-1, 1).
package func formulaNumbers(_ name: String, _ count: Int) -> [Double] {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return (0..<count).map { index in
    var z = hash &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 40) * 0x1p-23 - 1
  }
}

/// A tensor of the formula's numbers in row-major order.
package func formulaTensor(_ name: String, _ shape: Shape) -> Tensor {
  Tensor(formulaNumbers(name, shape.elements).map(Float.init), shape)
}

/// Gives a parameter the value that the golden scripts give it: the formula in PyTorch's layout, scaled by what
/// the name says that the parameter is.
package func fillByFormula(_ parameter: Parameter) {
  let shape = parameter.value.shape
  var values = formulaNumbers(parameter.name, shape.elements)
  let name = parameter.name
  if name.hasSuffix("running_mean") || name.hasSuffix("bias") {
    values = values.map { 0.2 * $0 }
  } else if name.hasSuffix("running_var") {
    values = values.map { 1 + 0.5 * $0 }
  } else if shape.rank == 1 {
    values = values.map { 1 + 0.2 * $0 }
  } else {
    let fan = Double(shape.dropFirst().reduce(1, *))
    values = values.map { $0 * (6 / fan).squareRoot() }
  }
  let floats = values.map(Float.init)
  parameter.value = shape.rank == 4 ? fromOIHW(floats, shape) : Tensor(floats, shape)
}

/// Filters listed as PyTorch has them, as a tensor of `shape` [O, H, W, I].
package func fromOIHW(_ values: [Float], _ shape: Shape) -> Tensor {
  let (outputs, height, width, inputs) = (shape[0], shape[1], shape[2], shape[3])
  var result = values
  var at = 0
  for o in 0..<outputs {
    for y in 0..<height {
      for x in 0..<width {
        for i in 0..<inputs {
          result[at] = values[((o * inputs + i) * height + y) * width + x]
          at += 1
        }
      }
    }
  }
  return Tensor(result, shape)
}

/// The elements of filters [O, H, W, I] in PyTorch's order.
package func toOIHW(_ filter: Tensor) -> [Float] {
  let shape = filter.shape
  let (outputs, height, width, inputs) = (shape[0], shape[1], shape[2], shape[3])
  let values = filter.array
  var result: [Float] = []
  result.reserveCapacity(values.count)
  for o in 0..<outputs {
    for i in 0..<inputs {
      for y in 0..<height {
        for x in 0..<width {
          result.append(values[((o * height + y) * width + x) * inputs + i])
        }
      }
    }
  }
  return result
}
