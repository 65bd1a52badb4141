import Glibc
import Media

let arguments = Array(CommandLine.arguments.dropFirst())
// What isolates decoding starts this program again; it is no command for users.
if arguments.first == DecoderService.command {
  exit(DecoderService.run(Array(arguments.dropFirst())))
}
exit(Palindrome.run(arguments).rawValue)
