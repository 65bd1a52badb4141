import ClipData
import Evaluation
import Settings
import Storage
import TensorCore
import Training

/// `palindrome embed FOLDER --model M --out E.npy`: one vector a clip.
enum EmbedCommand: Command {
  static let name = "embed"
  static let summary = "write one vector a clip, or a window, of a folder of videos and sounds"

  static let syntax = ArgumentSyntax(
    command: "palindrome embed",
    summary: """
      Encodes every video and sound file below the folder. A row of E.npy (float32) is the mean over space and \
      time of the image encoder's features, at length 1, and beside it the mean of the audio encoder's over the \
      same windows; a part that is missing (no pictures; no sound, or silence) is zeros and flagged in E.csv (row, \
      path, start_s, end_s, has_audio, has_video). Sound files have an audio part only. --model pixels has colours \
      of 8x8 cells and the mean and deviation of the sound's bands instead. Files that give no row are listed \
      with the reason in E.failed.csv. SIGINT and SIGTERM stop; --resume goes on to the same bytes.
      """,
    positional: Positional("FOLDER", "Folder of videos and sounds; searched to the bottom."),
    groups: [
      OptionGroup("output", [EmbedOptions.out.option, EmbedOptions.resume.option]),
      ModelOptions.group, EmbedOptions.groupOfEmbed, DecodingOptions.group,
    ],
    examples: [
      "palindrome embed videos --model runs/first --out videos.npy",
      "palindrome embed videos --model runs/first --out windows.npy --per-window --clip 2 --stride 1",
      "palindrome embed sounds --model pixels --modality audio --out sounds.npy",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let console = invocation.console
    let files = try EmbeddingFiles(values[EmbedOptions.out])
    let encoder = try ModelOptions.clipEncoder(invocation)
    var settings = try EmbedOptions.settings(values, encoder)
    settings.heldOut = values[EmbedOptions.heldOut]
    let embedder = try ClipEmbedder(
      encoder: encoder, settings: settings, source: try invocation.decoding.source())
    let folder = invocation.positionals[0]
    let description = ModelOptions.description(invocation, embedder, folder: folder)
    StopRequest.listen()
    let resume = values[EmbedOptions.resume]
    var listing = try MediaListing(folder)
    if values[EmbedOptions.heldOut] {
      listing = listing.only(try ModelSource(encoder.name).heldOutFiles().contains)
      guard !listing.files.isEmpty else {
        throw CommandFailure(
          .noInput,
          "\(folder): none of the videos that \(encoder.name) held out is in it; give the folder that it was "
            + "trained on")
      }
    }
    guard !listing.files.isEmpty else {
      throw CommandFailure(
        .noInput, "\(folder): no videos or sounds in it; palindrome scan lists what there is")
    }
    if try EmbeddingWriter.isComplete(files, description, listing: listing, resume: resume) {
      console.note("\(files.npy): is complete already")
      if invocation.wantsJSON {
        let made = try EmbeddingDescription(reading: files.json)
        let partial =
          Folder.hasEntry(files.failed) ? try files.reasons().count { !$0.isWhole } : 0
        report(
          Counts(
            rows: made.rows, files: made.files, failed: made.failed, partial: partial, done: 0),
          embedder, EmbeddingRun.Times(), 0, files, invocation)
      }
      return .done
    }
    try Folder.create(Folder.parent(of: files.npy))
    let start = ContinuousClock.now
    let job = try EmbedJob(files, description, listing, resume: resume, console: console)
    if job.firstFile > 0 {
      console.note("\(files.npy): going on after \(counted(job.firstFile, "file"))")
    }
    guard let times = try job.run(embedder) else {
      console.note(
        "stopped after \(job.filesDone) of \(counted(listing.files.count, "file")); --resume goes on"
      )
      return .ofStop ?? .terminated
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    report(
      Counts(
        rows: job.rows, files: job.filesDone, failed: job.failed, partial: job.partial,
        done: job.filesDone - job.firstFile),
      embedder, times, seconds, files, invocation)
    return .done
  }

  /// What an embedding holds; `done` counts the files of this run alone.
  private struct Counts {
    var rows: Int
    var files: Int
    var failed: Int
    var partial: Int
    var done: Int
  }

  private static func report(
    _ counts: Counts, _ embedder: ClipEmbedder, _ times: EmbeddingRun.Times, _ seconds: Double,
    _ files: EmbeddingFiles, _ invocation: Invocation
  ) {
    let spent = max(1e-9, times.decoding + times.encoding)
    let rate = Double(counts.done) / max(seconds, 1e-9)
    if invocation.wantsJSON {
      let result: JSONValue = [
        "out": .string(files.npy), "rows": .integer(counts.rows),
        "dimensions": .integer(embedder.videoDimensions + embedder.audioDimensions),
        "video_dimensions": .integer(embedder.videoDimensions),
        "audio_dimensions": .integer(embedder.audioDimensions),
        "modality": .string(embedder.settings.modality.rawValue),
        "files": .integer(counts.files), "failed": .integer(counts.failed),
        "partial": .integer(counts.partial), "seconds": .number(seconds),
        "videos_per_s": .number(rate), "frames": .integer(times.frames),
        "decode_share": .number(times.decoding / spent),
        "encode_share": .number(times.encoding / spent),
        "decode_s": .number(times.decoding), "encode_s": .number(times.encoding),
      ]
      return invocation.console.result(result.text())
    }
    invocation.console.result(
      "\(files.npy): \(counted(counts.rows, "row")) of \(embedder.videoDimensions + embedder.audioDimensions) from "
        + "\(counted(counts.files - counts.failed, "file")), \(rate.decimals(1)) files a second "
        + "(\((100 * times.decoding / spent).decimals(0)) % decoding, "
        + "\((100 * times.encoding / spent).decimals(0)) % encoding)")
    if counts.failed + counts.partial > 0 {
      invocation.console.result(
        "\(files.failed): \(counted(counts.failed, "file")) gave no row, \(counted(counts.partial, "file")) only in part"
      )
    }
  }
}
