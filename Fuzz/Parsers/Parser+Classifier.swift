import SelfTraining

extension Parser {
  /// The folder of a classifier: `classifier.json` and `classifier.safetensors`, in one input behind each other, the
  /// size of the first in two bytes before them.
  static let classifier = Parser(name: "classifier", file: "classifier.json") { path, bytes in
    let folder = String(path.dropLast("/classifier.json".count))
    let count = bytes.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
    let rest = bytes.dropFirst(2)
    try put(Array(rest.prefix(count)), at: path)
    try put(Array(rest.dropFirst(count)), at: folder + "/classifier.safetensors")
    let classifier = try TrainedClassifier(from: folder)
    require(classifier.classes.count > 1, "one class")
    try classifier.write(to: folder)
    require(try TrainedClassifier(from: folder) == classifier, "it changes when it is written")
  }
}
