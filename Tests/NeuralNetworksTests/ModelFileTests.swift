import Autodiff
import Foundation
import NeuralNetworks
import Storage
import TensorCore
import Testing

private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("Goldens/state_dict.safetensors").path

/// A path in the temporary folder; the file at it is removed when `body` ends.
private func withScratchFile<R>(_ body: (String) throws -> R) rethrows -> R {
  let path = NSTemporaryDirectory() + "model-file-\(UUID().uuidString).safetensors"
  defer { unlink(path) }
  return try body(path)
}

private func encoder(width: Int) -> ParameterStore {
  let store = ParameterStore()
  _ = ResNet(prefix: "visual.", width: width, mode: .zeros, store: store, seed: 1)
  return store
}

@Suite struct ModelFileTests {
  @Test func takesATorchStateDict() throws {
    let store = encoder(width: 2)
    let report = try ModelFile.load(golden, into: store)
    #expect(report.missing.isEmpty)
    #expect(report.unexpected.sorted() == ["fc.bias", "fc.weight"])
    #expect(report.loaded.count == store.all.count)
    #expect(report.text.contains("2 of no use here (fc."))
    // Filters turn from OIHW to OHWI, and back on the way out: the same bits as PyTorch saved.
    let file = try SafetensorsFile(golden)
    let stem = try file.tensor("conv1.weight")
    let mine = try #require(store["visual.conv1.weight"]).value
    #expect(mine.shape == [2, 7, 7, 3])
    #expect(mine.array[1] == stem.array[49])
    for (name, tensor) in ModelFile.tensors(of: store) {
      let theirs = try file.tensor(String(name.dropFirst("visual.".count)))
      #expect(tensor.shape == theirs.shape && tensor.array == theirs.array, "\(name)")
    }
  }

  @Test func whatItWritesItReads() throws {
    try withScratchFile { path in
      let store = encoder(width: 3)
      try Safetensors.write(ModelFile.tensors(of: store), to: path)
      let other = ParameterStore()
      _ = ResNet(prefix: "visual.", width: 3, mode: .zeros, store: other, seed: 2)
      _ = other.make("heads.walk.weight", .zeros([2]), role: .weight)
      let report = try ModelFile.load(path, into: other)
      #expect(report.missing == ["heads.walk.weight"] && report.unexpected.isEmpty)
      for parameter in store.all {
        #expect(other[parameter.name]?.value.array == parameter.value.array)
      }
    }
  }

  @Test func anotherWidthIsRefusedAndNothingChanges() throws {
    let store = encoder(width: 4)
    let before = store.all.map(\.value.array)
    let error = #expect(throws: StorageError.self) { try ModelFile.load(golden, into: store) }
    #expect(error?.description.contains("preset") == true)
    #expect(error?.description.contains("\n") == false)
    #expect(store.all.map(\.value.array) == before)
  }

  /// A head of another size is of another option; where the encoder is of another size too the preset is.
  @Test func aHeadOfAnotherSizeNamesItsOption() throws {
    try withScratchFile { path in
      let trained = encoder(width: 2)
      _ = trained.make("heads.walk.weight", .zeros([3, 8]), role: .weight)
      try Safetensors.write(ModelFile.tensors(of: trained), to: path)
      for (width, mend) in [
        (2, "give --walk.dimension as it was trained with"),
        (4, "choose the preset that it was trained with"),
      ] {
        let other = encoder(width: width)
        _ = other.make("heads.walk.weight", .zeros([5, 8]), role: .weight)
        let before = other.all.map(\.value.array)
        let error = #expect(throws: StorageError.self) { try ModelFile.load(path, into: other) }
        #expect(error?.reason.hasSuffix("; " + mend) == true, "\(error?.reason ?? "")")
        #expect(other.all.map(\.value.array) == before)
      }
    }
  }

  @Test func aForeignOrUnfitFileIsRefused() throws {
    try withScratchFile { path in
      try Safetensors.write([("other", Tensor([1], [1]))], to: path)
      #expect(throws: StorageError.self) { try ModelFile.load(path, into: encoder(width: 2)) }
      try Safetensors.write([("visual.bn1.weight", Tensor([1, .nan], [2]))], to: path)
      #expect(throws: StorageError.self) { try ModelFile.load(path, into: encoder(width: 2)) }
    }
    #expect(throws: StorageError.self) { try ModelFile.load("/absent", into: encoder(width: 2)) }
  }

  @Test(arguments: [[2, 1, 1, 3], [1, 3, 2, 1], [3, 5, 3, 2]])
  func layoutsTurnBack(_ extents: [Int]) {
    let count = extents.reduce(1, *)
    let filter = Tensor((0..<count).map(Float.init), Shape(extents))
    let outside = ModelFile.exported(filter)
    #expect(outside.shape == [extents[0], extents[3], extents[1], extents[2]])
    #expect(ModelFile.imported(outside).array == filter.array)
  }
}
