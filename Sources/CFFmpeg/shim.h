#pragma once

// What Swift cannot import of FFmpeg's C headers: macros with casts, variadic log callbacks, and
// callbacks that are cheapest in C. Every function here is static inline: the target has no objects.

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// `AVChannelLayout` came with 5.1 and `AVFrame.pkt_duration`, `key_frame` go with 7.0.
_Static_assert(LIBAVUTIL_VERSION_MAJOR == 57 && LIBAVUTIL_VERSION_MINOR >= 28,
               "Palindrome needs libavutil of FFmpeg 5.1");
_Static_assert(LIBAVFORMAT_VERSION_MAJOR == 59 && LIBAVFORMAT_VERSION_MINOR >= 27,
               "Palindrome needs libavformat of FFmpeg 5.1");
_Static_assert(LIBAVCODEC_VERSION_MAJOR == 59 && LIBAVCODEC_VERSION_MINOR >= 37,
               "Palindrome needs libavcodec of FFmpeg 5.1");
_Static_assert(LIBSWSCALE_VERSION_MAJOR == 6, "Palindrome needs libswscale of FFmpeg 5.1");
_Static_assert(LIBSWRESAMPLE_VERSION_MAJOR == 4, "Palindrome needs libswresample of FFmpeg 5.1");

/// Needs more input (decoder) or has output to be taken first (encoder).
static inline int cff_error_again(void) { return AVERROR(EAGAIN); }
/// The end of a file or of a drained codec.
static inline int cff_error_eof(void) { return AVERROR_EOF; }
/// The interrupt callback asked to stop.
static inline int cff_error_exit(void) { return AVERROR_EXIT; }
static inline int cff_error_no_memory(void) { return AVERROR(ENOMEM); }
/// A timestamp that is absent.
static inline int64_t cff_no_pts(void) { return AV_NOPTS_VALUE; }

/// The text of an FFmpeg error code, at most `size` bytes with its terminating zero.
static inline void cff_error_text(int code, char *text, size_t size) {
  if (av_strerror(code, text, size) < 0) snprintf(text, size, "error %d", code);
}

static inline void cff_log_nothing(void *source, int level, const char *format, va_list arguments) {
  (void)source;
  (void)level;
  (void)format;
  (void)arguments;
}

/// Silences FFmpeg's log: it is written from decoder threads, without bound, for any broken file.
/// What went wrong reaches the user through error codes and counts.
static inline void cff_silence_log(void) { av_log_set_callback(cff_log_nothing); }

/// A moment on the monotonic clock after which reading gives up, and when it was last looked at.
typedef struct cff_deadline {
  int64_t nanoseconds;
  int64_t looked;
} cff_deadline;

static inline int64_t cff_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Reading looks here all the time. Where it did not for ten seconds the process was stopped (Ctrl-Z, a debugger), which
/// is no fault of the file.
static inline int cff_deadline_passed(void *place) {
  cff_deadline *deadline = place;
  int64_t now = cff_now();
  if (now - deadline->looked > INT64_C(10000000000)) deadline->nanoseconds += now - deadline->looked;
  deadline->looked = now;
  return now > deadline->nanoseconds;
}

/// Lets `deadline` pass `nanoseconds` from now.
static inline void cff_deadline_set(cff_deadline *deadline, int64_t nanoseconds) {
  deadline->looked = cff_now();
  deadline->nanoseconds = deadline->looked + nanoseconds;
}

/// The callback by which every wait and read of FFmpeg ends when `deadline` has passed.
static inline AVIOInterruptCB cff_interrupt(cff_deadline *deadline) {
  AVIOInterruptCB callback = {cff_deadline_passed, deadline};
  return callback;
}

static inline int cff_refuse_open(AVFormatContext *context, AVIOContext **input, const char *address, int flags,
                                  AVDictionary **options) {
  (void)context;
  (void)address;
  (void)flags;
  (void)options;
  *input = NULL;
  return AVERROR(EPERM);
}

/// From now on `context` can open nothing besides what it was given: no file, address or device that a file names.
static inline void cff_refuse_opens(AVFormatContext *context) { context->io_open = cff_refuse_open; }

/// The stream's display matrix (9 values of 16.16 fixed point), or NULL.
static inline const int32_t *cff_display_matrix(const AVStream *stream) {
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
}
