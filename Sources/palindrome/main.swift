import Glibc

exit(Palindrome.run(Array(CommandLine.arguments.dropFirst())).rawValue)
