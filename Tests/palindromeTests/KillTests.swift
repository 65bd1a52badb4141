import Foundation
import Storage
import TensorCore
import Testing

/// Runs that are killed, starved or disturbed, and that end with the bits of one that was left alone.
@Suite(.serialized) struct KillTests {
  /// SIGKILL at moments drawn at random, and in the middle of saves. `Scripts/kill_loop.py` does a hundred of them.
  @Test func killedAgainAndAgainTheBitsAreThose() throws {
    let short = try ShortRun(steps: 12)
    let began = ContinuousClock.now
    let whole = try short.start("whole")
    #expect(whole.status == 0, "\(whole.errors)")
    let length = (ContinuousClock.now - began) / .seconds(1)
    var random = CounterRandom(seed: 8, purpose: .test)
    var newest = 0
    for kill in 0..<8 {
      let isThere = FileManager.default.fileExists(atPath: short.folder.file("run/config.json"))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Binary.path)
      process.arguments = short.arguments("run", ["--quiet"] + (isThere ? ["--resume"] : []))
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      let moment = ContinuousClock.now + .seconds(random.uniform(0.1...0.8) * length)
      let checkpoints = short.checkpoints("run")
      // What is left of the last kill goes before the first step.
      let steps = try checkpoints.steps
      while process.isRunning {
        let isSaving = Folder.names(in: checkpoints.path).contains { $0.contains(".partial-") }
        let isDue = ContinuousClock.now > moment
        if try kill % 2 == 0 ? isDue : isSaving && steps != checkpoints.steps { break }
        usleep(300)
      }
      if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      let (step, damaged) = try checkpoints.newest()
      #expect(damaged.isEmpty, "kill \(kill)")
      #expect(step ?? 0 >= newest, "kill \(kill)")
      newest = step ?? newest
    }
    try putBack(short.videos + "/4.mp4")
    let resumed = try short.start("run", ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try short.model("run") == short.model("whole"))
    for part in ["run", "run/checkpoints"] {
      #expect(!Folder.names(in: short.folder.file(part)).contains { $0.contains(".partial-") })
    }
    try othersAreRefused(short)
  }

  /// Replaces a link by a copy of its file with another time of change.
  private func putBack(_ path: String) throws {
    let content = try Data(contentsOf: URL(fileURLWithPath: path))
    try FileManager.default.removeItem(atPath: path)
    try content.write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
  }

  /// A second process on the run folder is refused, and one with other videos; both change nothing in it.
  private func othersAreRefused(_ short: ShortRun) throws {
    let run = short.folder.file("run")
    let before = try FileDigest(of: run + "/index.json")
    try FileManager.default.removeItem(atPath: short.videos + "/4.mp4")
    do {
      let lock = try RunLock(run)
      let second = try short.start("run", ["--resume", "--quiet"])
      #expect(second.status == 73)
      #expect(
        second.errors
          == "palindrome: \(run): process \(getpid()) is writing into this run folder; "
          + "wait for it or choose another --out\n")
      withExtendedLifetime(lock) {}
    }
    let changed = try short.start("run", ["--resume", "--quiet"])
    #expect(changed.status == 64)
    #expect(changed.errors.hasPrefix("palindrome: \(run): the videos are not those this run began"))
    #expect(try FileDigest(of: run + "/index.json") == before)
  }

  /// A disk without room, as a limit on the size of files makes it: the file is named, and the run can be gone on with.
  @Test func aFullDiskEndsTheRunAndLosesNothing() throws {
    let short = try ShortRun(steps: 3)
    #expect(try short.start("whole").status == 0)
    // A block has 512 bytes; tables and settings fit, a checkpoint does not.
    let full = try short.start(
      "run", ["--quiet", "--isolation", "off"], line: "ulimit -S -f 200; exec \"$0\" \"$@\"")
    #expect(full.status == 74, "\(full.errors)")
    #expect(full.errorLines.count == 1, "\(full.errors)")
    let file = short.folder.file("run/checkpoints/step-1/weights.safetensors")
    #expect(
      full.errors.hasPrefix("palindrome: \(file): the file grew larger than the system allows; "),
      "\(full.errors)")
    #expect(Folder.names(in: short.folder.file("run/checkpoints")).isEmpty)
    let resumed = try short.start("run", ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try short.model("run") == short.model("whole"))
  }

  /// With little memory a run says so on one line; it never dies of a signal, nor waits for ever. Well below the
  /// first of these limits the program cannot even start a decoder, which it says too.
  @Test(arguments: [340, 450, 700, 1100]) func littleMemoryIsTold(_ megabytes: Int) throws {
    let short = try ShortRun(steps: 2)
    let outcome = try Binary.shell(
      "ulimit -v \(megabytes * 1024); exec timeout -s KILL 100 \"$0\" \"$@\"",
      [
        "pretrain", short.videos, "--out", short.folder.file("run"), "--preset", "resnet18",
        "--size", "256", "--batch", "16", "--steps", "2", "--threads", "2", "--quiet",
        "--cache", short.folder.file("cache"),
      ])
    #expect(outcome.status == 71, "\(outcome.status): \(outcome.errors)")
    let last = outcome.errorLines.last ?? ""
    #expect(last.hasPrefix("palindrome: out of memory: ") && last.contains("; "), "\(last)")
  }

  /// The time of day jumps by years with every look at it.
  @Test func aClockThatJumpsDoesNoHarm() throws {
    let short = try ShortRun(steps: 3)
    #expect(try short.start("whole").status == 0)
    let source = """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <time.h>
      #include <sys/time.h>
      static int looks;
      static long jump(void) { return __atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED) % 2 ? 300000000 : -300000000; }
      int clock_gettime(clockid_t clock, struct timespec *now) {
        static int (*real)(clockid_t, struct timespec *);
        if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
        int code = real(clock, now);
        if (clock == CLOCK_REALTIME) now->tv_sec += jump();
        return code;
      }
      int gettimeofday(struct timeval *now, void *zone) {
        struct timespec time;
        int code = clock_gettime(CLOCK_REALTIME, &time);
        now->tv_sec = time.tv_sec;
        now->tv_usec = time.tv_nsec / 1000;
        return code;
      }
      time_t time(time_t *now) {
        struct timespec time;
        clock_gettime(CLOCK_REALTIME, &time);
        if (now) *now = time.tv_sec;
        return time.tv_sec;
      }
      """
    let library = try short.folder.library(source)
    // The library does what it says.
    let shown = try Binary.shell("date +%Y", environment: ["LD_PRELOAD": library])
    let year = Calendar.current.component(.year, from: Date())
    #expect(abs((Int(shown.output.dropLast()) ?? year) - year) >= 9, "\(shown.output)")
    for more in [[], ["--resume"]] {
      let run = try short.start("run", more, environment: ["LD_PRELOAD": library])
      #expect(run.status == 0, "\(run.errors)")
      #expect(try short.model("run") == short.model("whole"))
    }
  }
}
