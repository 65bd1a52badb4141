/// What one decoder process may take before it is ended and its file given up.
package struct DecoderLimits: Sendable, Hashable {
  /// Bytes of address space beyond those of the program itself.
  package var memory = 4 << 30
  /// Seconds of processor time of one request.
  package var processorSeconds = 3600
  /// Seconds that a decoder may overrun the deadline that it keeps itself, before it counts as stuck.
  package var grace = 2.0
  /// Seconds for which a request waits for a process when the system has none to give.
  package var startSeconds = 60.0
  /// Requests after which a process is replaced by a fresh one: leaks of decoders do not add up.
  package var requests = 2000
  /// Bytes that shared memory keeps from one request to the next.
  package var keptBytes = 48 << 20

  package init() {}
}
