/// An error that may be the run's own: the system gave it no memory, process or descriptor. Whoever leaves a bad file out
/// and goes on must not take such an error for the file's.
package protocol RunFault: Error {
  var isOfTheRun: Bool { get }
}

/// Whether `error` ends the run, since it says nothing about a file.
package func isOfTheRun(_ error: any Error) -> Bool {
  (error as? any RunFault)?.isOfTheRun ?? false
}
