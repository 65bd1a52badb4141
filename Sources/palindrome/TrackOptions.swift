import Evaluation
import Settings
import Storage

/// The options of `track` besides those of the model and of label propagation.
enum TrackOptions {
  static let video = Setting.requiredPath(
    "video", "A video file, or a folder of JPEG or PNG frames in the order of their names.",
    placeholder: "V")
  static let mask = Setting.list(
    "mask",
    "What to track: a PNG of the frame's size, indexed, grey or coloured, any number of objects. FRAME=FILE "
      + "adds or corrects objects at a later frame; a folder gives files named by their frames.",
    placeholder: "PNG[,FRAME=PNG...]")
  static let box = Setting.numbers(
    "box", count: 4, "What to track as a rectangle in pixels, instead of a mask.",
    placeholder: "x,y,w,h")
  static let points = Setting.path(
    "points",
    "Points to follow: a table with the columns frame,id,x,y and perhaps visible, or the same as .json "
      + "(width and height in it: pixels of the frames that the places are of, where the video's are others).",
    placeholder: "FILE")
  static let from = Setting.int(
    "from", default: 0, in: 0...100_000_000, "The frame that --mask or --box is of, from 0.",
    placeholder: "FRAME")
  static let out = Setting.requiredPath("out", "The folder to make.", placeholder: "DIR")
  static let backward = Setting.flag(
    "backward", default: true, "Do not go back from the first marked frame to the beginning.")
  static let overlay = Setting.flag(
    "overlay", default: true, "Write no overlay.mp4 and no sheet.png.")
  static let lost = Setting.double(
    "lost", in: 0...1,
    "The mass that some cell must give to an object (by default \(objectLost)), or the share of its mark that a "
      + "point must keep (by default \(pointLost)), else it is lost in that frame.")
  static let objectLost = 0.5
  /// A mark spreads while it is right: over the joints of two animals, with a trained encoder, 0.05 told
  /// visibility rightly for 87 % and 74 %, 0.5 for 45 % and 44 %, and the Jaccard index rose from 18 to 25 and
  /// from 6.1 to 6.2.
  static let pointLost = 0.05
  static let rate = Setting.double(
    "rate", default: 25, in: 0.1...1000, "Frames a second of a folder of frames.",
    placeholder: "FPS")
  static let explain = Setting.numbers(
    "explain", count: 2,
    "Write explain/00000.png and so on: where the cell at this place takes its labels from, frame by frame; "
      + "the cell alone in the first marked frame.",
    placeholder: "x,y")

  static let group = OptionGroup(
    "tracking",
    [
      video.option, out.option, mask.option, box.option, points.option, from.option,
      backward.option, overlay.option, lost.option, rate.option, explain.option,
    ])

  /// The place of --explain, if it was asked for.
  static func explainedPlace(
    _ values: OptionValues, _ input: FrameInput
  ) throws(CommandFailure) -> (x: Double, y: Double)? {
    guard let x = values[explain].first, let y = values[explain].last else { return nil }
    guard x >= 0, y >= 0, x < Double(input.width), y < Double(input.height) else {
      throw CommandFailure(
        .usage,
        "--explain \(OptionValue.numbers([x, y]).text): lies outside of the frames of "
          + "\(input.width)x\(input.height); choose a place inside")
    }
    return (x, y)
  }

  /// Everything that is marked, by frame; `warn` hears of what is taken in part.
  static func marks(
    _ values: OptionValues, _ input: FrameInput, warn: (String) -> Void
  ) throws -> [Int: Marks] {
    var marks: [Int: Marks] = [:]
    let reader = MaskReader(input.source)
    let masks = try masks(values)
    for (frame, path, _) in masks {
      let mask = try reader.readMarks(path)
      guard mask.width == input.width, mask.height == input.height else {
        throw CommandFailure(
          .badData,
          "\(path): \(mask.width)x\(mask.height), the video's frames are \(input.width)x\(input.height); "
            + "save the mask at the video's size")
      }
      guard !mask.objects.isEmpty else {
        throw CommandFailure(
          .badData, "\(path): no object in it; mark one with a value other than 0")
      }
      guard marks[frame] == nil else {
        throw CommandFailure(
          .usage, "--mask \(path): frame \(frame) has a mask already; give one a frame")
      }
      marks[frame] = Marks(mask: mask)
    }
    if !values[box].isEmpty { try add(box: values[box], values, input, to: &marks, warn) }
    if let path = values[points] { try add(pointsOf: path, input, to: &marks) }
    guard !marks.isEmpty else {
      throw CommandFailure(.usage, "nothing to track; give --mask, --box or --points")
    }
    if values[box].isEmpty, masks.allSatisfy(\.isNumbered) {
      try values.refuse([from.option], in: "marks that tell their frames")
    }
    return marks
  }

  /// A mask's file, its frame, and whether the frame was told with it.
  private typealias GivenMask = (frame: Int, path: String, isNumbered: Bool)

  private static func masks(_ values: OptionValues) throws -> [GivenMask] {
    try values[mask].flatMap { word -> [GivenMask] in
      if Folder.exists(word) {
        let files = Folder.names(in: word).filter { $0.hasSuffix(".png") }
        guard !files.isEmpty else {
          throw CommandFailure(
            .noInput, "\(word): no PNG masks in it; give a file or a folder of masks")
        }
        return try files.map { name in
          guard let frame = Int(name.dropLast(4)), frame >= 0 else {
            throw CommandFailure(
              .badData, "\(word)/\(name): its name is not a frame's number; name it as 00012.png")
          }
          return (frame, "\(word)/\(name)", true)
        }
      }
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2, let frame = Int(parts[0]), frame >= 0 {
        return [(frame, String(parts[1]), true)]
      }
      return [(values[from], word, false)]
    }
  }

  private static func add(
    box: [Double], _ values: OptionValues, _ input: FrameInput, to marks: inout [Int: Marks],
    _ warn: (String) -> Void
  ) throws {
    let frame = values[from]
    let edges = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
    guard box[2] > 0, box[3] > 0, edges.allSatisfy({ abs($0) < 1e6 }) else {
      throw CommandFailure(
        .usage, "--box: a width and a height above 0 are needed, as in --box 10,20,64,48")
    }
    guard marks[frame]?.mask == nil else {
      throw CommandFailure(.usage, "--box and --mask are both of frame \(frame); give one of them")
    }
    let whole = edges.map { Int($0.rounded()) }
    let pixels = PixelBox(
      x: whole[0], y: whole[1], width: max(1, whole[2] - whole[0]),
      height: max(1, whole[3] - whole[1]))
    let mask = LabelMask(width: input.width, height: input.height, box: pixels)
    guard !mask.objects.isEmpty else {
      throw CommandFailure(
        .usage,
        "--box: lies outside of the frames of \(input.width)x\(input.height); move it inside")
    }
    if pixels.x < 0 || pixels.y < 0 || pixels.x + pixels.width > input.width
      || pixels.y + pixels.height > input.height
    {
      warn(
        "--box: reaches beyond the frames of \(input.width)x\(input.height); what lies inside is tracked"
      )
    }
    marks[frame] = Marks(mask: mask)
  }

  private static func add(
    pointsOf path: String, _ input: FrameInput, to marks: inout [Int: Marks]
  ) throws {
    let rows = try PointTable(path).rows(width: input.width, height: input.height)
    for row in rows where row.isVisible {
      guard (0...Double(input.width)).contains(row.x), (0...Double(input.height)).contains(row.y)
      else {
        throw CommandFailure(
          .badData,
          "\(path): frame \(row.frame), point \(row.id) lies outside of the frames of "
            + "\(input.width)x\(input.height); correct it")
      }
      marks[row.frame, default: Marks()].points.append(
        PointMark(id: row.id, x: row.x, y: row.y))
    }
  }
}
