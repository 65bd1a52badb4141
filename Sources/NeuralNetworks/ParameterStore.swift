import Autodiff
import TensorCore

/// The parameters of a model in the order in which its layers made them.
///
/// Layers ask the store for their parameters by full dotted name while they are built; nothing is found by
/// reflection. A second model built from the same configuration over another store has the same names in
/// the same order: that is how a teacher, or an average of the weights, is made.
package final class ParameterStore {
  package private(set) var all: [Parameter] = []
  private var byName: [String: Parameter] = [:]

  package init() {}

  /// Makes a parameter of a new name.
  package func make(_ name: String, _ value: Tensor, role: Parameter.Role) -> Parameter {
    precondition(byName[name] == nil, "two parameters named \(name)")
    let parameter = Parameter(name, value, role: role)
    all.append(parameter)
    byName[name] = parameter
    return parameter
  }

  package subscript(name: String) -> Parameter? { byName[name] }

  /// The parameters that the optimiser changes.
  package var trained: [Parameter] { all.filter { $0.role != .buffer } }

  /// Takes over the values of a store with the same parameters.
  package func copyValues(from other: ParameterStore) {
    precondition(
      all.count == other.all.count, "copying \(other.all.count) parameters into \(all.count)")
    for (mine, theirs) in zip(all, other.all) {
      precondition(mine.name == theirs.name, "copying \(theirs.name) into \(mine.name)")
      mine.value = theirs.value
    }
  }
}
