import Foundation
import Storage

/// One line of `tracks.csv`: an object or a point in one frame.
package struct TrackRow: Sendable {
  package var frame: Int
  package var time: Double
  package var id: String
  package var object: ObjectReading?
  package var point: PointReading?

  package var isLost: Bool { object?.isLost ?? point?.isLost ?? true }
  package var confidence: Double { object?.confidence ?? point?.confidence ?? 0 }
}

/// What was found in every frame, as tables.
package struct TrackTable: Sendable {
  package private(set) var rows: [TrackRow] = []

  package init() {}

  /// Adds what one frame holds.
  package mutating func add(_ found: TrackedFrame, frame: Int, time: Double) {
    rows += found.objects.map {
      TrackRow(frame: frame, time: time, id: String($0.id), object: $0, point: nil)
    }
    rows += found.points.map {
      TrackRow(frame: frame, time: time, id: $0.id, object: nil, point: $0)
    }
  }

  /// The rows in the order of the frames; within a frame as they were marked.
  package var sorted: [TrackRow] {
    rows.enumerated().sorted { ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset) }
      .map(\.element)
  }

  /// The lines of `tracks.csv`. Pixels are those of the video's frames; x,y is an object's centroid or a point's
  /// place, empty where it is lost.
  package static let header =
    "frame,time_s,kind,id,state,area,box_x,box_y,box_width,box_height,x,y,confidence\n"

  package static func line(_ row: TrackRow) -> String {
    var fields = [
      String(row.frame), number(row.time, 4), row.point == nil ? "object" : "point", row.id,
      row.isLost ? "lost" : "found",
    ]
    if let object = row.object, !object.isLost {
      let box = object.box
      fields += [object.area, box.x, box.y, box.width, box.height].map(String.init)
      fields += [number(object.centroid.x, 2), number(object.centroid.y, 2)]
    } else if let point = row.point, !point.isLost {
      fields += ["", "", "", "", "", number(point.x, 2), number(point.y, 2)]
    } else {
      fields += [row.object == nil ? "" : "0", "", "", "", "", "", ""]
    }
    return CSVTable.line(fields + [number(row.confidence, 4)])
  }

  private static func number(_ value: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", value)
  }
}
