import Media

/// Reads masks of one video from pictures: PNG with a palette, grey, or coloured.
///
/// Numbers of palette and grey pictures are the objects'. Colours are objects by DAVIS's palette where all of the first
/// coloured picture are in it; else they are numbered as they come (rising within a picture). A colour keeps its number
/// in the video's later masks; one that comes later has the palette's number, where that is what counts and is free, or
/// the least that is. Black and transparent are the background.
package final class MaskReader {
  private var numbers: [UInt32: UInt8] = [0: 0]
  private var taken: Set<UInt8> = [0]
  /// Whether the palette's numbers count; nil before the first coloured picture.
  private var isDavis: Bool?
  private static let davis = Dictionary(
    Palette.davis.colours.enumerated().map { ($1, UInt8($0)) },
    uniquingKeysWith: { first, _ in first })

  private let source: MediaSource

  /// `source` decodes the pictures.
  package init(_ source: MediaSource = MediaSource()) { self.source = source }

  /// The mask at `path`, as it is in the file.
  package func read(_ path: String) throws -> LabelMask {
    let image = try source.mask(path: path)
    switch image.content {
    case .numbers(let values):
      return LabelMask(width: image.width, height: image.height, pixels: values)
    case .colours(let bytes):
      let pixels = try objects(of: Self.packed(bytes), path)
      return LabelMask(width: image.width, height: image.height, pixels: pixels)
    case nil:
      throw EvaluationError(
        .badData,
        "\(path): a mask must be a PNG of 8 bits with palette, grey or colours; convert it")
    }
  }

  /// A mask that a user marks objects with: one in black and white has one object, and void is background.
  package func readMarks(_ path: String) throws -> LabelMask {
    let mask = try read(path)
    return mask.isBlackAndWhite ? mask.merged(white: true) : mask.withoutVoid
  }

  private static func packed(_ bytes: [UInt8]) -> [UInt32] {
    (0..<bytes.count / 4).map { at in
      if bytes[4 * at + 3] == 0 { return 0 }
      return UInt32(bytes[4 * at]) << 16 | UInt32(bytes[4 * at + 1]) << 8
        | UInt32(bytes[4 * at + 2])
    }
  }

  private func objects(of colours: [UInt32], _ path: String) throws(EvaluationError) -> [UInt8] {
    let distinct = Set(colours).sorted()
    let isDavis = isDavis ?? distinct.allSatisfy { Self.davis[$0] != nil }
    // Of the background alone nothing follows.
    if distinct.contains(where: { $0 != 0 }) { self.isDavis = isDavis }
    for colour in distinct where numbers[colour] == nil {
      let own = isDavis ? Self.davis[colour].flatMap { taken.contains($0) ? nil : $0 } : nil
      guard let number = own ?? (1..<LabelMask.void).first(where: { !taken.contains($0) }) else {
        throw EvaluationError(
          .badData,
          "\(path): more than 254 colours; save the mask without blended edges, one colour an object"
        )
      }
      numbers[colour] = number
      taken.insert(number)
    }
    return colours.map { numbers[$0] ?? 0 }
  }
}
