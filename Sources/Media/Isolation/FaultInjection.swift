import CProcess
import Foundation

/// Faults for the tests of isolation, in decoder processes alone: nothing else reads this variable.
///
/// `PALINDROME_DECODE_FAULT` holds `REQUEST:FAULT:NAME`, several with commas between them: the request with that name
/// (`probe`, `segment`, `moments`, `pictures`, `next`, ...) about a file called NAME ends in the fault: `crash` writes
/// to address 0, `hang` never answers, `memory` takes memory until there is none, `babble` answers nonsense and `exit`
/// ends the process.
struct FaultInjection {
  private struct Fault {
    var request, kind, name: Substring
  }

  private let faults: [Fault]
  /// The file that is open.
  private var path = ""

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    let text = environment["PALINDROME_DECODE_FAULT"] ?? ""
    faults = text.split(separator: ",").compactMap { entry in
      let parts = entry.split(separator: ":", maxSplits: 2)
      return parts.count == 3 ? Fault(request: parts[0], kind: parts[1], name: parts[2]) : nil
    }
  }

  /// Does what is asked for at `request`, if anything is.
  mutating func strike(_ request: DecodeRequest) {
    guard !faults.isEmpty else { return }
    if let opened = request.path { path = opened }
    let name = (path as NSString).lastPathComponent
    for fault in faults where fault.request == request.name && fault.name == name {
      Self.strike(fault.kind)
    }
  }

  private static func strike(_ kind: Substring) {
    switch kind {
    case "crash":
      UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
    case "hang":
      while true { sleep(1) }
    case "memory":
      // As a decoder does that never checks what it allocates.
      let block = 16 << 20
      while mmap(nil, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        != MAP_FAILED
      {}
      abort()
    case "babble":
      var bytes = [UInt8](repeating: 7, count: DecodeMessage.size)
      _ = send(CP_CONTROL, &bytes, bytes.count, 0)
    case "exit": exit(3)
    default: break
    }
  }
}
