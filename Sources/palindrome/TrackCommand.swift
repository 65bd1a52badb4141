import Evaluation
import Settings
import Storage
import Training

/// `palindrome track`: follows marked objects and points through a video.
enum TrackCommand: Command {
  static let name = "track"
  static let summary = "follow masks, a box or points from one frame through a whole video"

  static let syntax = ArgumentSyntax(
    command: "palindrome track",
    summary: """
      Carries what is marked in one frame through the video, forward and backward. Writes masks/00000.png \
      and so on (indexed; none where points alone are followed), overlay.mp4 with the video's sound, \
      tracks.csv (frame, time, area, box, centroid or place, confidence, and whether it is lost), points.csv \
      where points were given, and sheet.png. The confidence is the mass behind the winning label. Frames \
      are numbered from 0, without damaged ones, which are left out with a warning. Frames of more than \
      \(TrackingOptions.trackLines) lines are scaled down for the model unless --height says otherwise; \
      masks keep the video's size. The folder appears once it is complete: a run that fails or is stopped \
      leaves nothing.
      """,
    groups: [
      TrackOptions.group, ModelOptions.requiredGroup, TrackingOptions.group, DecodingOptions.group,
    ],
    examples: [
      "palindrome track --model runs/first --video dog.mp4 --mask first.png --out tracked",
      "palindrome track --model runs/first --video dog.mp4 --mask 40=dog.png,90=fixed.png --out tracked",
      "palindrome track --model random --video frames --box 120,80,64,48 --out tracked",
      "palindrome track --model runs/first --video hand.mp4 --points joints.csv --out tracked",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let console = invocation.console
    let input = try FrameInput(
      values[TrackOptions.video], rate: values[TrackOptions.rate],
      source: try invocation.decoding.source())
    guard !input.isFile || !values.isGiven(TrackOptions.rate) else {
      throw CommandFailure(
        .usage, "--rate is for folders of frames; the file has its own, leave it out")
    }
    let place = try TrackOptions.explainedPlace(values, input)
    var warnings: [String] = []
    let marks = try TrackOptions.marks(values, input) { warnings.append($0) }
    warnings.forEach(console.note)
    let model = try ModelOptions.featureModel(invocation)
    var settings = TrackingOptions.settings(values)
    settings.lines = settings.lines ?? TrackingOptions.trackLines
    settings.lostBelow = values[TrackOptions.lost] ?? TrackOptions.objectLost
    settings.pointLostBelow = values[TrackOptions.lost] ?? TrackOptions.pointLost
    let tracker = try VideoTracker(
      input: input, model: model, settings: settings, marks: marks,
      backward: values[TrackOptions.backward])
    StopRequest.listen()
    let out = values[TrackOptions.out]
    let folder = try TrackFolder(
      out, masks: marks.values.contains { $0.mask != nil },
      points: marks.values.contains { !$0.points.isEmpty })
    StopRequest.leaves(folder.draft)
    defer { StopRequest.leaves(nil) }
    do {
      let explanation = try place.map {
        try Explanation(
          folder: folder.draft + "/explain", x: $0.x, y: $0.y, settings: settings.propagation)
      }
      if let adaptation = TrackingOptions.adaptation(invocation) {
        try adaptation.run(model, on: input) { step in
          try CommandFailure.checkForStop(making: out)
          console.progress("adapting: step \(step) of \(adaptation.steps)")
        }
      }
      var run = try track(tracker, marks, into: folder, explanation, invocation)
      run.warnings = warnings + run.warnings
      try folder.publish()
      console.endProgress()
      report(folder.table, run, invocation)
    } catch {
      folder.discard()
      throw folder.named(error)
    }
    return .done
  }

  /// Frames that were tracked, the seconds that it took, damaged frames, and what there is to warn of.
  private typealias Run = (count: Int, seconds: Double, damaged: Int, warnings: [String])

  private static func track(
    _ tracker: VideoTracker, _ marks: [Int: Marks], into folder: TrackFolder,
    _ explanation: Explanation?, _ invocation: Invocation
  ) throws -> Run {
    let console = invocation.console
    let out = invocation.values[TrackOptions.out]
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    let found = try tracker.run(explaining: explanation != nil) { step in
      try CommandFailure.checkForStop(making: out)
      try folder.add(step.found, frame: step.index, time: step.time)
      try explanation?.add(step, isMarked: marks[step.index] != nil)
      count += 1
      console.progress("frame \(step.index): \(count) tracked")
    }
    let seconds = (clock.now - start) / .seconds(1)
    var warnings = faults(of: tracker.input, found)
    try folder.writeTables()
    if invocation.values[TrackOptions.overlay] {
      let end = try folder.writeOverlay(of: tracker.input, frames: found.frames) { index in
        try CommandFailure.checkForStop(making: out)
        console.progress("overlay: frame \(index) of \(found.frames)")
      }
      if let end {
        warnings.append(
          "overlay.mp4 and sheet.png end before frame \(end), which stands more than an hour later")
      }
    }
    warnings.forEach(console.note)
    return (count, seconds, found.damaged, warnings)
  }

  private static func faults(of input: FrameInput, _ found: VideoTracker.Outcome) -> [String] {
    var warnings: [String] = []
    if !input.fault.isEmpty { warnings.append("\(input.path): taken in part: \(input.fault)") }
    if found.damaged > 0 {
      warnings.append(
        "\(input.path): damaged pictures left out: \(found.damaged); frames are numbered without them, "
          + "time_s in tracks.csv is the file's")
    }
    return warnings
  }

  private static func report(
    _ table: TrackTable, _ run: Run, _ invocation: Invocation
  ) {
    let out = invocation.values[TrackOptions.out]
    let rate = Double(run.count) / max(run.seconds, 1e-9)
    var order: [String] = []
    var sums: [String: (kind: String, id: String, found: Int, lost: Int, confidence: Double)] = [:]
    for row in table.rows {
      let kind = row.point == nil ? "object" : "point"
      let key = "\(kind) \(row.id)"
      if sums[key] == nil { order.append(key) }
      var sum = sums[key] ?? (kind, row.id, 0, 0, 0)
      if row.isLost { sum.lost += 1 } else { sum.found += 1 }
      if !row.isLost { sum.confidence += row.confidence }
      sums[key] = sum
    }
    let found = order.compactMap { sums[$0] }
    if invocation.wantsJSON {
      let rows = found.map { sum -> JSONValue in
        [
          "kind": .string(sum.kind), "id": .string(sum.id), "found": .integer(sum.found),
          "lost": .integer(sum.lost),
          "confidence": sum.found > 0 ? .number(sum.confidence / Double(sum.found)) : .null,
        ]
      }
      let result: JSONValue = [
        "out": .string(out), "frames": .integer(run.count), "damaged": .integer(run.damaged),
        "seconds": .number(run.seconds), "frames_per_s": .number(rate), "tracks": .array(rows),
        "warnings": .array(run.warnings.map(JSONValue.string)),
      ]
      return invocation.console.result(result.text())
    }
    for sum in found {
      let mean = sum.found > 0 ? (sum.confidence / Double(sum.found) * 100).decimals(0) : "-"
      invocation.console.result(
        "\(sum.kind) \(sum.id.printable): found in \(counted(sum.found, "frame")), lost in \(sum.lost), confidence \(mean) %"
      )
    }
    invocation.console.result(
      "\(out): \(counted(run.count, "frame")), \(rate.decimals(2)) a second")
  }
}
