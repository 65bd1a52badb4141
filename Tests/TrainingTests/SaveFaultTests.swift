import Foundation
import Storage
import TestSupport
import Testing
import Training

/// A run whose disk fails in the middle of a save ends with the file's name; resumed, it has the bits of one whose
/// disk did not.
@Suite(.serialized) struct SaveFaultTests {
  struct Fault: Sendable, CustomStringConvertible {
    var call: DiskCall
    var part: String
    var code: Int32
    var description: String { "\(call.rawValue) of \(part)" }
  }

  private static let faults = [
    Fault(call: .makeFolder, part: "checkpoints/.step-4.", code: EROFS),
    Fault(call: .write, part: "/weights.safetensors", code: ENOSPC),
    Fault(call: .sync, part: "manifest.json", code: EIO),
    Fault(call: .rename, part: "checkpoints/step-4", code: EIO),
    Fault(call: .write, part: "run/.model.safetensors", code: ENOSPC),
    Fault(call: .write, part: "metrics.jsonl", code: ENOSPC),
  ]

  @Test func aFailedSaveLosesNothing() throws {
    let scratch = try ScratchFolder()
    let straight = bits(try train(smallConfiguration(), in: scratch.path("straight")).trainer)
    let model = try FileDigest(of: scratch.path("straight/model.safetensors"))
    for fault in Self.faults { try check(fault, straight, model) }
  }

  private func check(
    _ fault: Fault, _ straight: [String: [UInt32]], _ model: FileDigest
  ) throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let run = scratch.path("run")
    let isArmed = Flag()
    let error = #expect(throws: StorageError.self) {
      let watch = DiskWatch { call, path in
        call == fault.call && path.contains(fault.part) && path.hasPrefix(run) && isArmed.isOn
          ? .fail(fault.code) : .proceed
      }
      defer { withExtendedLifetime(watch) {} }
      // The checkpoint of step 2 is good.
      try train(configuration, in: run) {
        $0.onBatch = { step in if step == 3 { isArmed.isOn = true } }
      }
    }
    #expect([73, 74].contains(error?.exitStatus ?? 0), "\(fault)")
    #expect(error?.path.hasPrefix(run) == true && error?.path.contains(".partial-") == false)
    #expect(error?.reason.contains("; ") == true)
    let checkpoints = CheckpointFolder(run + "/checkpoints")
    let (newest, damaged) = try checkpoints.newest()
    #expect(newest == 2 || newest == 4)
    #expect(damaged.isEmpty)
    #expect(bits(try train(configuration, in: run, resume: true).trainer) == straight, "\(fault)")
    #expect(try FileDigest(of: run + "/model.safetensors") == model, "\(fault)")
    for folder in [run, checkpoints.path] {
      #expect(!Folder.names(in: folder).contains { $0.contains(".partial-") })
    }
  }

  /// Moved away while the run goes on: nothing is written where it was, and put back it is gone on with.
  @Test func aRunFolderThatVanishesIsNotMadeAnew() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let straight = bits(try train(configuration, in: scratch.path("straight")).trainer)
    let (run, elsewhere) = (scratch.path("run"), scratch.path("elsewhere"))
    let error = #expect(throws: StorageError.self) {
      try train(configuration, in: run) {
        $0.onBatch = { step in
          if step == 3 { try FileManager.default.moveItem(atPath: run, toPath: elsewhere) }
        }
      }
    }
    #expect(error?.path == run && error?.exitStatus == 74)
    #expect(Folder.names(in: scratch.path) == ["elsewhere", "straight"])
    try FileManager.default.moveItem(atPath: elsewhere, toPath: run)
    #expect(bits(try train(configuration, in: run, resume: true).trainer) == straight)
  }
}

private final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false
  var isOn: Bool {
    get { lock.withLock { value } }
    set { lock.withLock { value = newValue } }
  }
}
