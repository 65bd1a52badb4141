import Settings
import Storage

/// The frames of one video and its true masks.
package struct MaskSequence: Sendable {
  /// PNG files of one folder by the frame's name, `00000` and so on.
  package struct Files: Sendable {
    package let folder: String
    /// Names without `.png`, in order.
    package let names: [String]

    package init(folder: String) throws(EvaluationError) {
      guard Folder.exists(folder) else {
        throw EvaluationError(.noInput, "\(folder): no such folder; give a folder of masks")
      }
      self.folder = folder
      names = Folder.names(in: folder).filter { $0.hasSuffix(".png") }.map {
        String($0.dropLast(4))
      }
      guard !names.isEmpty else {
        throw EvaluationError(.noInput, "\(folder): no PNG masks in it; give a folder of masks")
      }
    }

    package func path(_ name: String) -> String { "\(folder)/\(name).png" }
  }

  package let name: String
  /// The pictures' paths in order; empty where masks alone are scored.
  package let frames: [String]
  package let truth: Files
  /// Whether everything that is not background is one object.
  package let merges: Bool

  package init(name: String, frames: [String] = [], truth: Files, merges: Bool) {
    self.name = name
    self.frames = frames
    self.truth = truth
    self.merges = merges
  }

  /// Throws where so few frames of `folder` leave none to judge.
  static func check(frames: Int, of folder: String) throws(EvaluationError) {
    guard frames >= 3 else {
      throw EvaluationError(
        .badData,
        "\(folder): \(counted(frames, "frame")); three frames are needed, as the first and the last are not judged"
      )
    }
  }

  /// The file of frame `path`'s truth.
  package func truthPath(ofFrame path: String) throws(EvaluationError) -> String {
    let name = String(Folder.lastName(of: path).dropLast(4))
    guard truth.names.contains(name) else {
      throw EvaluationError(
        .badData,
        "\(truth.folder): no \(name).png for the frame \(path); every frame needs its mask")
    }
    return truth.path(name)
  }
}

/// Reads the truth, and results beside it, in the way that the first frame's truth decides.
///
/// A truth of 0 and 255 alone is a mask of one object in black and white. Elsewhere 255 is void: background,
/// in truth and results, as the semi-supervised task has it. Results of 0 and 255 alone are read as one object
/// where the truth has one.
package struct MaskConvention {
  package let objects: [UInt8]
  private let merges: Bool
  private let isBlackAndWhite: Bool

  package init(first: LabelMask, merges: Bool) {
    isBlackAndWhite = first.isBlackAndWhite
    self.merges = merges || isBlackAndWhite
    objects = self.merges ? (first.occurring.dropFirst().contains(true) ? [1] : []) : first.objects
  }

  package func truth(_ mask: LabelMask) -> LabelMask {
    merges ? mask.merged(white: isBlackAndWhite) : mask.withoutVoid
  }

  package func result(_ mask: LabelMask) -> LabelMask {
    let isOne = merges || objects == [1]
    if isOne, mask.isBlackAndWhite { return mask.merged(white: true) }
    return merges ? mask.merged(white: false) : mask.withoutVoid
  }
}
