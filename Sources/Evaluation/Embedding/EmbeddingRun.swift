import ClipData
import Foundation
import Media
import Synchronization
import TensorCore

/// Embeds many files on all threads and hands the results on in the order of the files.
///
/// A thread takes a few files that follow each other, decodes one after the other and encodes their pictures
/// together; while it decodes, others encode. Parts of a file that is too long to be held at once are work of their
/// own, which any thread takes. What is encoded together follows from the files alone, so that the result has the same
/// bits for any number of threads and wherever the work was resumed.
package final class EmbeddingRun: Sendable {
  /// Where the threads' time went, in seconds added up over them.
  package struct Times: Sendable {
    package var decoding = 0.0
    package var encoding = 0.0
    package var frames = 0

    package init() {}
  }

  /// Files that are encoded together.
  package static let groupSize = 8
  /// Bytes of idle tensors that are kept from one piece of work to the next: files have many shapes, and each brings
  /// tensors of other sizes.
  private static let idleBytes = 128 << 20
  /// Groups that may be ahead of the first unfinished one.
  private static let ahead = 32

  private let files: [MediaFile]
  private let embedder: ClipEmbedder
  private let shouldStop: @Sendable () -> Bool
  private let deliver: @Sendable (Int, EmbeddedFile, _ isWhole: Bool) throws -> Void
  private let condition = NSCondition()
  private let state: Mutex<State>

  /// A part of a long file, and where its result goes.
  private struct Piece: Sendable {
    var file: Int
    var number: Int
    var count: Int
    var windows: [ClipWindow]
    /// That of all the file's windows.
    var span: ClosedRange<Double>
  }

  /// A long file of whose one row parts are still missing.
  private struct Assembly: Sendable {
    /// For each part, for each view, the sums of its windows.
    var parts: [[[WindowSums]]?]
    var warnings: [String] = []
    /// Why parts could not be decoded, by their numbers.
    var failures: [Int: String] = [:]
    var isOutdated = false
  }

  /// What was delivered of the file at the head.
  fileprivate struct Delivery: Sendable {
    var parts = 0
    var rows = 0
    var warnings: [String] = []
    var failure: String?
    var isOutdated = false
  }

  private struct State: Sendable {
    var nextGroup: Int
    var head: Int
    var running = 0
    var pieces: [Piece] = []
    var assemblies: [Int: Assembly] = [:]
    /// Results by file and by part of it, and of how many parts each is.
    var finished: [Int: (count: Int, parts: [Int: EmbeddedFile])] = [:]
    var delivery = Delivery()
    var times = Times()
    var failure: (any Error)?
  }

  private enum Task {
    case group(Range<Int>)
    case piece(Piece)
  }

  /// Prepares the files from `first` on, a multiple of `groupSize`. `deliver` is called by one thread at a time with
  /// the number of each file, in order, and its rows, for a long file several times until `isWhole`; where that comes
  /// with a failure, the rows before are to be taken back. An error that it throws ends the run. `shouldStop` is asked before each piece of work.
  package init(
    _ files: [MediaFile], from first: Int = 0, embedder: ClipEmbedder,
    shouldStop: @escaping @Sendable () -> Bool,
    deliver: @escaping @Sendable (Int, EmbeddedFile, _ isWhole: Bool) throws -> Void
  ) {
    precondition(first % Self.groupSize == 0, "resuming at file \(first), within a group")
    self.files = files
    self.embedder = embedder
    self.shouldStop = shouldStop
    self.deliver = deliver
    state = Mutex(State(nextGroup: first / Self.groupSize, head: first))
  }

  /// Works until everything is delivered or stopped. Returns the times and the number of files delivered, from the
  /// beginning of the list.
  package func run() throws -> (times: Times, done: Int) {
    parallelFor(Threads.count) { _ in work() }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return (state.times, state.head)
    }
  }

  private func work() {
    while let task = take() {
      switch task {
      case .group(let range): embed(range)
      case .piece(let piece): embed(piece)
      }
      BufferPool.shared.trim(above: Self.idleBytes)
      condition.lock()
      state.withLock { $0.running -= 1 }
      condition.broadcast()
      condition.unlock()
    }
  }

  /// The next thing to do; nil when there is nothing left or the run is to end.
  private func take() -> Task? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if shouldStop() { return nil }
      let (task, mayCome) = state.withLock { state -> (Task?, Bool) in
        guard state.failure == nil else { return (nil, false) }
        if !state.pieces.isEmpty {
          state.running += 1
          return (.piece(state.pieces.removeFirst()), true)
        }
        let start = state.nextGroup * Self.groupSize
        if start < files.count, start < state.head + Self.ahead * Self.groupSize {
          state.nextGroup += 1
          state.running += 1
          return (.group(start..<min(files.count, start + Self.groupSize)), true)
        }
        return (nil, state.running > 0)
      }
      if let task { return task }
      if !mayCome { return nil }
      condition.wait()
    }
  }

  // MARK: Work

  private func embed(_ range: Range<Int>) {
    var batch = ViewEncoder(embedder.encoder, embedder.settings)
    var places: [(file: Int, part: Int, warnings: [String])] = []
    var times = Times()
    for number in range {
      let file = files[number]
      guard file.trouble.isEmpty else {
        finish(number, EmbeddedFile(failure: file.trouble))
        continue
      }
      do throws(MediaError) {
        let start = ContinuousClock.now
        let reader = try embedder.open(file.path)
        defer { reader.close() }
        let settings = embedder.settings
        let parts = try embedder.parts(reader, file.path)
        guard parts.count == 1 else {
          push(number, parts)
          times.decoding += seconds(since: start)
          continue
        }
        let part = try ClipPart(parts[0], reader, settings, embedder.encoder.logMel)
        try file.checkUnchanged()
        times.decoding += seconds(since: start)
        places.append((number, batch.count, reader.warnings))
        let span = EmbeddingSettings.span(parts)
        encode(&times) { batch.add(part, of: file.relativePath, span: span) }
        times.frames += part.pictures.times.count
      } catch {
        if error.isOfTheRun { return end(error) }
        finish(number, EmbeddedFile(failure: error.reason))
      }
    }
    encode(&times) { batch.finish() }
    for place in places {
      let relative = files[place.file].relativePath
      finish(
        place.file,
        embedder.file(relative, batch.result(place.part), warnings: place.warnings))
    }
    add(times)
  }

  private func push(_ number: Int, _ parts: [[ClipWindow]]) {
    condition.lock()
    state.withLock { state in
      state.assemblies[number] = Assembly(parts: parts.map { _ in nil })
      for (index, windows) in parts.enumerated() {
        state.pieces.append(
          Piece(
            file: number, number: index, count: parts.count, windows: windows,
            span: EmbeddingSettings.span(parts)))
      }
    }
    condition.broadcast()
    condition.unlock()
  }

  private func embed(_ piece: Piece) {
    let file = files[piece.file]
    var times = Times()
    // A part that cannot be decoded has no windows: they would look like silence.
    var sums: [[WindowSums]] = Array(repeating: [], count: embedder.settings.views)
    var warnings: [String] = []
    var failure: String?
    var isOutdated = false
    do throws(MediaError) {
      let start = ContinuousClock.now
      let reader = try embedder.open(file.path)
      defer { reader.close() }
      let part = try ClipPart(
        piece.windows, reader, embedder.settings, embedder.encoder.logMel)
      try file.checkUnchanged()
      times.decoding += seconds(since: start)
      times.frames += part.pictures.times.count
      var batch = ViewEncoder(embedder.encoder, embedder.settings)
      encode(&times) {
        batch.add(part, of: file.relativePath, span: piece.span)
        batch.finish()
      }
      sums = batch.result(0)
      warnings = reader.warnings
    } catch {
      if error.isOfTheRun { return end(error) }
      isOutdated = file.isOutdated
      failure = isOutdated ? FileIdentity.changed : error.reason
    }
    add(times)
    if embedder.settings.perWindow {
      // Rows of windows stand by themselves: nothing need be held until the file is done.
      var part = embedder.file(file.relativePath, sums, warnings: warnings)
      if let failure { (part.failure, part.isOutdated) = (failure, isOutdated) }
      return finish(piece.file, part, number: piece.number, of: piece.count)
    }
    let whole = state.withLock { state -> Assembly? in
      guard var assembly = state.assemblies[piece.file] else { return nil }
      assembly.parts[piece.number] = sums
      assembly.warnings += warnings.filter { !assembly.warnings.contains($0) }
      assembly.failures[piece.number] = failure
      assembly.isOutdated = assembly.isOutdated || isOutdated
      let isWhole = assembly.parts.allSatisfy { $0 != nil }
      state.assemblies[piece.file] = isWhole ? nil : assembly
      return isWhole ? assembly : nil
    }
    guard let whole else { return }
    let parts = whole.parts.compactMap { $0 }
    let views = (0..<embedder.settings.views).map { view in parts.flatMap { $0[view] } }
    if whole.isOutdated { return finish(piece.file, EmbeddedFile(failure: FileIdentity.changed)) }
    var result = embedder.file(file.relativePath, views, warnings: whole.warnings.sorted())
    if let failure = whole.failures.min(by: { $0.key < $1.key })?.value {
      if result.rows.isEmpty { result.failure = failure } else { result.warnings.append(failure) }
    }
    finish(piece.file, result)
  }

  private func encode(_ times: inout Times, _ body: () -> Void) {
    let start = ContinuousClock.now
    body()
    times.encoding += seconds(since: start)
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  private func add(_ times: Times) {
    state.withLock { state in
      state.times.decoding += times.decoding
      state.times.encoding += times.encoding
      state.times.frames += times.frames
    }
  }

  /// Lets every thread end after what it does.
  private func end(_ error: any Error) {
    condition.lock()
    state.withLock { $0.failure = $0.failure ?? error }
    condition.broadcast()
    condition.unlock()
  }

  // MARK: Delivery

  /// Puts a part of a file's result in its place and delivers whatever is complete from the head on.
  private func finish(
    _ file: Int, _ result: EmbeddedFile, number: Int = 0, of count: Int = 1
  ) {
    condition.lock()
    state.withLock { state in
      state.finished[file, default: (count, [:])].parts[number] = result
      while state.failure == nil, let (count, parts) = state.finished[state.head],
        let part = parts[state.delivery.parts]
      {
        state.finished[state.head]?.parts[state.delivery.parts] = nil
        state.delivery.take(part)
        let isWhole = state.delivery.parts == count
        do {
          try deliver(
            state.head,
            isWhole ? state.delivery.last(part.rows) : EmbeddedFile(rows: part.rows), isWhole)
        } catch {
          state.failure = error
        }
        guard isWhole else { continue }
        state.finished[state.head] = nil
        state.delivery = Delivery()
        state.head += 1
      }
    }
    condition.broadcast()
    condition.unlock()
  }
}

extension EmbeddingRun.Delivery {
  fileprivate mutating func take(_ part: EmbeddedFile) {
    parts += 1
    rows += part.rows.count
    warnings += part.warnings.filter { !warnings.contains($0) }
    failure = failure ?? part.failure
    isOutdated = isOutdated || part.isOutdated
  }

  /// The result with which a file is complete: it has failed where none of its parts gave a row, and where it has
  /// changed in between, whose rows that were delivered before are then of no use.
  fileprivate func last(_ rows: [(row: EmbeddingRow, vector: [Float])]) -> EmbeddedFile {
    if isOutdated { return EmbeddedFile(failure: FileIdentity.changed) }
    var file = EmbeddedFile(rows: rows, warnings: warnings)
    if self.rows == 0 {
      file.failure = failure
    } else if let failure {
      file.warnings.append("a part: \(failure)")
    }
    return file
  }
}

extension MediaFile {
  fileprivate var isOutdated: Bool { identity.isOutdated(by: path) }

  /// Throws where the file is not what it was when its folder was listed: rows of it would pass for rows of that one.
  func checkUnchanged() throws(MediaError) {
    if isOutdated {
      throw MediaError(.unreadable, path: path, reason: FileIdentity.changed)
    }
  }
}
