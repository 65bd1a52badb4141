import Foundation
import Settings
import Testing

/// The system has no memory, process or descriptor for the run itself: that is told as what it is, and no file is
/// blamed for it.
@Suite struct ShortageTests {
  private static let source = #"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <poll.h>
    #include <spawn.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/socket.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    #include <libavcodec/avcodec.h>
    #include <libavformat/avformat.h>
    #include <libswresample/swresample.h>
    #include <libswscale/swscale.h>
    static const char *call, *mark;
    static int place, count;
    /* Call number FAIL_PLACE of the function FAIL_CALL fails in the run itself; the file FAIL_MARK tells that it did. */
    __attribute__((constructor)) static void begin(void) {
      char line[4096];
      int file = open("/proc/self/cmdline", O_RDONLY);
      long length = read(file, line, sizeof line);
      close(file);
      if (length > 0 && memmem(line, length, "decode-worker", 13)) return;
      if (!getenv("FAIL_PLACE")) return;
      place = atoi(getenv("FAIL_PLACE"));
      mark = getenv("FAIL_MARK");
      call = getenv("FAIL_CALL");
    }
    static int fails(const char *name, int reason) {
      if (!call || strcmp(call, name) || __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) != place) return 0;
      close(open(mark, O_CREAT | O_WRONLY, 0600));
      errno = reason;
      return 1;
    }
    void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
      if (file >= 0 && flags & MAP_SHARED && fails("mmap", ENOMEM)) return MAP_FAILED;
      return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
    }
    int ftruncate(int file, off_t size) { return fails("ftruncate", ENOMEM) ? -1 : syscall(SYS_ftruncate, file, size); }
    int memfd_create(const char *name, unsigned flags) {
      return fails("memfd_create", ENFILE) ? -1 : syscall(SYS_memfd_create, name, flags);
    }
    int socketpair(int domain, int type, int protocol, int ends[2]) {
      return fails("socketpair", EMFILE) ? -1 : syscall(SYS_socketpair, domain, type, protocol, ends);
    }
    ssize_t send(int file, const void *bytes, size_t size, int flags) {
      return fails("send", ENOBUFS) ? -1 : syscall(SYS_sendto, file, bytes, size, flags, 0, 0);
    }
    ssize_t recv(int file, void *bytes, size_t size, int flags) {
      return fails("recv", ENOMEM) ? -1 : syscall(SYS_recvfrom, file, bytes, size, flags, 0, 0);
    }
    int poll(struct pollfd *files, nfds_t files_count, int milliseconds) {
      static int (*real)(struct pollfd *, nfds_t, int);
      if (!real) real = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
      return fails("poll", ENOMEM) ? -1 : real(files, files_count, milliseconds);
    }
    int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                    const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
      static int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                         char *const[], char *const[]);
      if (!real) *(void **)&real = dlsym(RTLD_NEXT, "posix_spawn");
      return fails("posix_spawn", EAGAIN) ? EAGAIN : real(pid, path, actions, attributes, arguments, environment);
    }
    /* What the program itself asks of FFmpeg, not what FFmpeg asks of itself. */
    static int refuses(void *caller) {
      Dl_info place;
      return dladdr(caller, &place) && !strstr(place.dli_fname, ".so") && fails("ffmpeg", ENOMEM);
    }
    #define REFUSE(type, name, parameters, arguments, failure)                   \
      type name parameters {                                                     \
        static type(*real) parameters;                                           \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                    \
        return refuses(__builtin_return_address(0)) ? failure : real arguments;  \
      }
    REFUSE(int, av_dict_set, (AVDictionary **to, const char *key, const char *value, int flags), (to, key, value, flags),
           AVERROR(ENOMEM))
    REFUSE(AVPacket *, av_packet_alloc, (void), (), NULL)
    REFUSE(AVFrame *, av_frame_alloc, (void), (), NULL)
    REFUSE(int, av_frame_get_buffer, (AVFrame *frame, int align), (frame, align), AVERROR(ENOMEM))
    REFUSE(void *, av_malloc, (size_t size), (size), NULL)
    REFUSE(AVFormatContext *, avformat_alloc_context, (void), (), NULL)
    REFUSE(AVStream *, avformat_new_stream, (AVFormatContext *file, const AVCodec *codec), (file, codec), NULL)
    REFUSE(AVCodecContext *, avcodec_alloc_context3, (const AVCodec *codec), (codec), NULL)
    REFUSE(int, avcodec_open2, (AVCodecContext *codec, const AVCodec *of, AVDictionary **options), (codec, of, options),
           AVERROR(ENOMEM))
    REFUSE(int, avcodec_send_packet, (AVCodecContext *codec, const AVPacket *packet), (codec, packet), AVERROR(ENOMEM))
    REFUSE(int, swr_init, (struct SwrContext *context), (context), AVERROR(ENOMEM))
    REFUSE(int, swr_convert, (struct SwrContext *context, uint8_t **out, int out_count, const uint8_t **in, int in_count),
           (context, out, out_count, in, in_count), AVERROR(ENOMEM))
    REFUSE(struct SwsContext *, sws_getContext,
           (int width, int height, enum AVPixelFormat from, int new_width, int new_height, enum AVPixelFormat to, int flags,
            SwsFilter *before, SwsFilter *after, const double *values),
           (width, height, from, new_width, new_height, to, flags, before, after, values), NULL)
    """#

  private let folder: TemporaryFolder
  private let videos: String
  private let library: String

  init() throws {
    folder = try TemporaryFolder()
    videos = folder.file("videos")
    library = try folder.library(Self.source)
    try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: true)
    for name in ["ball", "bell"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(videos)/\(name).mp4",
        withDestinationPath: "\(ShortRun.clips)/\(name)/\(name)-01.mp4")
    }
  }

  /// Runs `arguments` with each of the first `most` calls of `name` failing in turn, as far as there are so many:
  /// either the result is as without, by `isWhole`, or the run ends with status 71 and one line that names no file.
  private func failEach(
    _ name: String, most: Int, _ arguments: (Int) -> [String],
    isWhole: (Int, Binary.Outcome) throws -> Bool
  ) throws {
    for place in 1...most {
      let mark = folder.file("\(name)-\(place)")
      let outcome = try Binary.shell(
        "exec \"$0\" \"$@\"", arguments(place),
        environment: [
          "LD_PRELOAD": library, "FAIL_CALL": name, "FAIL_PLACE": "\(place)", "FAIL_MARK": mark,
        ])
      guard FileManager.default.fileExists(atPath: mark) else {
        #expect(place > 1, "\(name) is not called at all")
        return
      }
      let what = "\(name) \(place): \(outcome.status): \(outcome.errors)"
      guard outcome.status != 0 else {
        #expect(try isWhole(place, outcome), "\(what)")
        continue
      }
      #expect(outcome.status == 71, "\(what)")
      #expect(outcome.errorLines.count == 1 && !outcome.errors.contains(".mp4"), "\(what)")
      #expect(outcome.errors.contains("); "), "\(what)")
      #expect(outcome.output.isEmpty, "\(what)")
    }
  }

  @Test(arguments: [
    "mmap", "ftruncate", "memfd_create", "socketpair", "posix_spawn", "send", "recv", "poll",
  ])
  func noFileIsBlamedByScan(_ call: String) throws {
    let arguments = ["scan", videos, "--json", "--quiet", "--threads", "1"]
    let whole = try Binary.shell("exec \"$0\" \"$@\"", arguments).output
    try failEach(call, most: 8, { _ in arguments }) { $1.output == whole }
  }

  /// FFmpeg gives none of what it is asked for within the run: that is told, and nothing is done without it.
  @Test func whatFFmpegRefusesIsTold() throws {
    let video = videos + "/bell.mp4"
    let works: [(String) -> [String]] = [
      { _ in ["scan", videos, "--json"] },
      { out in
        ["track", "--video", video, "--model", "pixels", "--box", "20,20,24,24", "--out", out]
      },
    ]
    for (number, work) in works.enumerated() {
      func run(_ place: Int, _ mark: String) throws -> (Binary.Outcome, Data?) {
        let out = folder.file("out-\(number)-\(place)")
        let outcome = try Binary.shell(
          "exec \"$0\" \"$@\"",
          work(out) + ["--isolation", "off", "--quiet", "--threads", "1"],
          environment: [
            "LD_PRELOAD": library, "FAIL_CALL": "ffmpeg", "FAIL_PLACE": "\(place)",
            "FAIL_MARK": mark,
          ])
        return (outcome, FileManager.default.contents(atPath: out + "/overlay.mp4"))
      }
      let (whole, overlay) = try run(-1, folder.file("none"))
      #expect(whole.status == 0, "\(whole.errors)")
      var place = 1
      while true {
        let mark = folder.file("mark-\(number)-\(place)")
        let (outcome, written) = try run(place, mark)
        guard FileManager.default.fileExists(atPath: mark) else { break }
        let what = "\(number), \(place): \(outcome.status): \(outcome.errors)\(outcome.output)"
        let told = ["memory", "cannot be converted"].contains {
          (outcome.errors + outcome.output).contains($0)
        }
        if outcome.status == 0, !told {
          #expect(overlay == nil ? outcome.output == whole.output : written == overlay, "\(what)")
        } else {
          #expect([0, 65, 66, 71].contains(outcome.status) && told, "\(what)")
          #expect(outcome.errorLines.count <= 1, "\(what)")
        }
        place += 1 + place / (number == 0 ? 4 : 1)
      }
      #expect(place > 8)
    }
  }

  @Test func noFileIsBlamedByEmbedding() throws {
    try failEach(
      "send", most: 8,
      { place in
        [
          "embed", videos, "--model", "pixels", "--out", folder.file("E\(place).npy"), "--json",
          "--quiet", "--threads", "1",
        ]
      }
    ) { place, outcome in
      let result = try JSONValue.parse(outcome.output)
      return result["rows"]?.int == 2 && result["failed"]?.int == 0
    }
  }

  @Test func noFileIsBlamedByTraining() throws {
    try failEach(
      "mmap", most: 8,
      { place in
        [
          "pretrain", videos, "--out", folder.file("run\(place)"), "--preset", "tiny", "--size",
          "32",
          "--batch", "2", "--steps", "2", "--cache", folder.file("cache\(place)"), "--holdout", "0",
          "--threads", "1", "--quiet",
        ]
      }
    ) { place, outcome in
      !outcome.errors.contains("skipped") && !outcome.errors.contains("left out")
    }
  }
}
