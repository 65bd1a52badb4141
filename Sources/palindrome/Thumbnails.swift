import Media
import Reporting
import Synchronization
import TensorCore

/// The pictures of rows, decoded several files at once.
enum Thumbnails {
  /// Pixels of a picture's shorter side.
  private static let side = 112

  /// The picture of a file at a moment; nil where it is not there or holds none.
  static func picture(_ path: String, at moment: Double, _ source: MediaSource) -> PageImage? {
    Thumbnail(path: path, time: moment, side: side, source: source).map {
      PageImage(jpeg: $0.jpeg, width: $0.width, height: $0.height)
    }
  }

  /// The pictures of `rows`, in their order; nil where a row's file is not there or holds none.
  static func make(
    _ set: SearchSet, rows: [Int], _ source: MediaSource, progress: (Int) -> Void
  ) -> [PageImage?] {
    make(
      rows.map { row in set.file(row).map { ($0, set.moment(row)) } }, source, progress: progress)
  }

  /// The pictures of files at moments, in their order; nil where there is none.
  static func make(
    _ places: [(path: String, moment: Double)?], _ source: MediaSource,
    progress: (Int) -> Void
  ) -> [PageImage?] {
    let done = Mutex([Int: PageImage]())
    let count = Mutex(0)
    parallelFor(places.count) { place in
      if let image = places[place].flatMap({ picture($0.path, at: $0.moment, source) }) {
        done.withLock { $0[place] = image }
      }
      progress(
        count.withLock {
          $0 += 1; return $0
        })
    }
    let pictures = done.withLock { $0 }
    return places.indices.map { pictures[$0] }
  }
}
