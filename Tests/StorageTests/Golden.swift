import Foundation

/// The path of a file that an external program made, beside the script that made it.
func golden(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Goldens/\(name)").path
}
