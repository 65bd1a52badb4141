import Glibc
import Media

let arguments = Array(CommandLine.arguments.dropFirst())
// What isolates decoding starts this program again; it is no command for users.
if arguments.first == DecoderService.command {
  exit(DecoderService.run(Array(arguments.dropFirst())))
}
// Whoever started this program may have had its children reaped unseen; decoders are waited for.
signal(SIGCHLD, SIG_DFL)
let status = Palindrome.run(arguments).rawValue
// OpenBLAS waits for its threads in a handler of exit, for ever where one of those waits for memory.
fflush(nil)
_exit(status)
