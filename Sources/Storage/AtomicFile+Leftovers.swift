import Glibc
import Synchronization

/// What is written aside has names that tell the process that writes: `.<name>.partial-<place>-<process>-<number>`. A
/// process that is killed leaves such a file or folder, and the next one of its place that writes the same name removes it.
extension AtomicFile {
  /// Where process numbers mean the same: this machine since it started, and this container. Of a process elsewhere, as on
  /// another machine with the same disk, nobody here can tell whether it lives: what it writes aside is left alone.
  package static let place: String = {
    var container = stat()
    let start = (head(of: "/proc/sys/kernel/random/boot_id") ?? []).prefix { $0 != 10 }
    guard !start.isEmpty, stat("/proc/self/ns/pid", &container) == 0 else {
      return "x" + String(firstNumber, radix: 16)
    }
    let digits = String(decoding: start, as: UTF8.self).filter { $0 != "-" }
    return digits.prefix(12) + "x" + String(container.st_ino, radix: 16)
  }()

  private static let mark = ".partial-"
  private static let counter = Atomic<Int>(0)
  /// Numbers of this process begin here: another one may have had the same process number, as the first one of
  /// every container has.
  private static let firstNumber = Int.random(in: 1..<1 << 31) << countBits
  private static let countBits = 24

  /// Leftovers by folder, as they were when this process first wrote there.
  private static let found = Mutex<[String: [String]]>([:])

  /// A name beside `path` that no other writer uses. What dead processes left of `path` is removed.
  package static func asideName(for path: String) -> String {
    let folder = Folder.parent(of: path)
    let name = Folder.lastName(of: path)
    // A folder is listed once: it may get very many files.
    let left = found.withLock { found in
      let known = found[folder] ?? Folder.names(in: folder).filter { isLeftover($0) }
      found[folder] = known.filter { !isLeftover($0, of: name) }
      return known.filter { isLeftover($0, of: name) }
    }
    for name in left { try? Folder.remove(folder + "/" + name) }
    let number = firstNumber + counter.wrappingAdd(1, ordering: .relaxed).newValue
    return "\(path.contains("/") ? folder + "/" : "").\(name)\(mark)\(place)-\(getpid())-\(number)"
  }

  /// Removes what dead processes left of `path`.
  package static func removeLeftovers(of path: String) {
    let folder = Folder.parent(of: path)
    let name = Folder.lastName(of: path)
    for left in Folder.names(in: folder) where isLeftover(left, of: name) {
      try? Folder.remove(folder + "/" + left)
    }
  }

  /// Whether `name` is one that `asideName` gives: of what is being written, or was left by a crash.
  package static func isAside(_ name: String) -> Bool { name.hasPrefix(".") && name.contains(mark) }

  /// Whether `name` is an aside name of `target`.
  static func isAside(_ name: String, of target: String) -> Bool {
    isAside(name) && name.hasPrefix(".\(target)\(mark)")
  }

  /// Whether the process that gave an aside name is or was one of this place.
  static func isOfThisPlace(_ name: String) -> Bool {
    guard let start = name.ranges(of: mark).last else { return false }
    return name[start.upperBound...].hasPrefix(place + "-")
  }

  /// Whether a process of this place that is no more has left `name`; with `target` of what it was to be.
  static func isLeftover(_ name: String, of target: String? = nil) -> Bool {
    guard name.hasPrefix(".\(target ?? "")"), let start = name.ranges(of: mark).last else {
      return false
    }
    if let target, name.prefix(upTo: start.lowerBound).dropFirst() != target { return false }
    let parts = name[start.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == place, let process = Int32(parts[1]),
      let number = Int(parts[2]),
      process > 0
    else { return false }
    guard process == getpid() else { return !isRunning(process) }
    return number >> countBits != firstNumber >> countBits
  }

  /// Whether a process of that number runs; one that has ended and waits for its parent to notice does not.
  private static func isRunning(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    // The state stands behind the name, which is in brackets and may hold anything.
    guard let bytes = head(of: "/proc/\(process)/stat"),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return true }
    return bytes[end...].dropFirst(2).first != UInt8(ascii: "Z")
  }

  /// The first bytes of a file of /proc, whose size is not known before it is read.
  private static func head(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    let most = 512
    var bytes = [UInt8](repeating: 0, count: most)
    let count = fread(&bytes, 1, most, file)
    bytes.removeLast(most - count)
    return bytes
  }
}
