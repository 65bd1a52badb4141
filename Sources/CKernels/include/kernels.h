#pragma once
// The hot loops that BLAS does not have, or not for shapes as thin as ours. Each kernel exists once as a body (bodies/*.inc) that is
// compiled for every tier: portable, AVX2+FMA, AVX-512. `pk_use_tier` picks one for the whole process;
// by default the best that the processor runs.
#include <stdbool.h>
#include <stdint.h>

typedef long pk_size;

typedef enum { PK_PORTABLE = 0, PK_AVX2 = 1, PK_AVX512 = 2 } pk_tier;

/// The best tier that this processor runs.
pk_tier pk_best_tier(void);
/// Uses `tier`, or the best below it that the processor runs; returns the one in use. Not thread-safe.
pk_tier pk_use_tier(pk_tier tier);
/// The tier in use.
pk_tier pk_current_tier(void);

/// y[i] += a * x[i]
void pk_axpy(pk_size n, float a, const float *x, float *y);
/// x[i] *= a
void pk_scale(pk_size n, float a, float *x);
/// The sum of x in double precision.
double pk_sum(pk_size n, const float *x);
/// The sum of x² in double precision.
double pk_sum_squares(pk_size n, const float *x);

/// The constants of one AdamW step (Loshchilov and Hutter, ICLR 2019, algorithm 2).
typedef struct {
  float gradient_scale;   // clipping factor, applied to the gradient first
  float first_rate;       // 1 - beta1
  float second_decay;     // beta2
  float second_rate;      // 1 - beta2
  float root_correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float keep;  // 1 - rate * weight decay
  float step;  // rate / (1 - beta1^t)
} pk_adamw_step;
/// One AdamW step over n elements: gradient g, first and second moments m and v, parameter x.
void pk_adamw(pk_size n, const pk_adamw_step *s, const float *g, float *m, float *v, float *x);
/// One step of gradient descent with momentum: d = gradient_scale * g + decay * x, m = momentum * m + d,
/// x -= rate * m, or rate * (d + momentum * m) with Nesterov's look-ahead.
void pk_momentum(pk_size n, float gradient_scale, float decay, float momentum, float rate,
                 int nesterov, const float *g, float *m, float *x);
/// y[i] += share * (x[i] - y[i])
void pk_lerp(pk_size n, float share, const float *x, float *y);

/// The part of a Philox4x32 generator that stays the same: its key, and the upper half of its counter.
typedef struct {
  uint32_t key[2];
  uint32_t stream[2];
} pk_philox;
/// Blocks first ..< first + blocks of a Philox4x32-10 stream (Salmon, Moraes, Dror, Shaw, SC 2011), four
/// numbers each, as floats in [0, 1) of 24 bits.
void pk_philox_uniform(pk_size blocks, const pk_philox *stream, uint64_t first, float *out);

/// y[i] = max(x[i], 0)
void pk_relu(pk_size n, const float *x, float *y);
/// dx[i] = g[i] where the result y[i] of relu is positive, else 0.
void pk_relu_backward(pk_size n, const float *y, const float *g, float *dx);
/// z[i] = x[i] * y[i]
void pk_multiply(pk_size n, const float *x, const float *y, float *z);
/// The sum of x[i] * y[i] in double precision.
double pk_dot(pk_size n, const float *x, const float *y);

/// y = softmax(factor * x) over the entries that are not dropped, 0 at those that are; `dropped` may be
/// null, y may be x. Returns log(sum(exp(factor * x))). A row whose every entry is dropped is uniform,
/// -infinity.
double pk_softmax_row(pk_size n, float factor, const float *x, const bool *dropped, float *y);
/// The gradient to x of softmax_row given its result y and the gradient g of y; 0 at dropped entries. dx
/// may be g.
void pk_softmax_backward_row(pk_size n, float factor, const float *y, const float *g,
                             const bool *dropped, float *dx);
/// y[r, i] += row[i]
void pk_add_row(pk_size rows, pk_size n, const float *row, float *y);
/// sums[i] += the sum of x[r, i] over r
void pk_column_sums(pk_size rows, pk_size n, const float *x, double *sums);
/// out[i] = the sum over k < taps of weights[k] * rows[k * stride + i], i < n: rows of bytes blended.
void pk_blend_rows(
    pk_size n, pk_size taps, const uint8_t *rows, pk_size stride, const float *weights, float *out);
/// Resamples a row of RGB: pixel i of n is the sum over k < taps of weights[i * taps + k] times pixel
/// starts[i] + k of `row`, its colour then mapped by the 3x3 matrix map[0..8] and the bias map[9..11].
void pk_resample_row(
    pk_size n, pk_size taps, const int32_t *starts, const float *weights, const float *row,
    const float *map, float *out);

/// The processors that this process may run on: its affinity mask, else those online.
int pk_processors(void);
/// Tells the processor that this thread is waiting in a loop.
void pk_relax(void);

/// The geometry of a sliding window over NHWC images. The maps give the input row (column) that each tap of
/// each output row (column) reads, or -1 for a zero; so one kernel serves every padding.
typedef struct {
  pk_size height, width, channels;
  pk_size out_height, out_width;
  pk_size kernel_height, kernel_width;
  const int32_t *y_map;     // [out_height × kernel_height]
  const int32_t *x_map;     // [out_width × kernel_width]
  const uint8_t *x_inside;  // [out_width]: the taps of that column are neighbours in memory
} pk_window;

/// Writes the windows of output positions first ..< first + rows (counted over all images) as rows of
/// kernel_height × kernel_width × channels.
void pk_im2col(const pk_window *g, const float *x, pk_size first, pk_size rows, float *out);
/// Adds such rows back onto the images that they were read from.
void pk_col2im(const pk_window *g, const float *columns, pk_size first, pk_size rows, float *x);
/// The largest value of each window, and which tap it came from (the first where several are equal).
void pk_maxpool(const pk_window *g, const float *x, pk_size first, pk_size rows, float *out,
                uint8_t *winner);
/// Adds the gradient of each window's maximum to where it came from; dy and winner begin at `first`.
void pk_maxpool_backward(const pk_window *g, const float *dy, const uint8_t *winner, pk_size first,
                         pk_size rows, float *dx);
/// Adds each channel's sum and sum of squares over [rows, c] to `sum` and `squares`.
void pk_channel_sums(pk_size rows, pk_size c, const float *x, double *sum, double *squares);
/// out = relu?(x * scale + shift + residual), a channel at a time; `residual` may be null.
void pk_channel_affine(pk_size rows, pk_size c, const float *x, const float *scale,
                       const float *shift, const float *residual, int relu, float *out);
/// g = dout where out > 0 (everywhere when `out` is null); adds Σ g to `sum` and Σ g (x - mean) inverse to
/// `weighted`, by channel.
void pk_normalised_backward_sums(pk_size rows, pk_size c, const float *dout, const float *out,
                                 const float *x, const float *mean, const float *inverse, float *g,
                                 double *sum, double *weighted);
/// dx = factor * g + (slope * x + intercept), by channel: the gradient behind a normalisation.
void pk_normalised_backward(pk_size rows, pk_size c, const float *g, const float *x,
                            const float *factor, const float *slope, const float *intercept,
                            float *dx);

/// The winner of a window in which nothing is above zero.
enum { PK_NO_WINNER = 255 };
/// max(0, x * factor + offset) over each window, channels in multiples of 16: the largest value, x where it was
/// and which tap (PK_NO_WINNER where the value is 0); `raw` and `winner` may be null. Outputs begin at `first`.
void pk_affine_maxpool(const pk_window *g, const float *x, const float *factor, const float *offset,
                       pk_size first, pk_size rows, float *out, float *raw, uint8_t *winner);
/// Rows first ..< first + rows of one image's gradient behind affine_maxpool and the normalisation in it:
/// dx = slope * x + intercept, + factor * dout where a pixel won. dout, winner and x begin at the image, dx at
/// its row `first`.
void pk_affine_maxpool_backward(const pk_window *g, const float *dout, const uint8_t *winner,
                                const float *x, const float *factor, const float *slope,
                                const float *intercept, pk_size first, pk_size rows, float *dx);
/// Adds Σ g to `sum` and Σ g (raw - mean) inverse to `weighted`, by channel, over the windows that have a
/// winner.
void pk_pooled_backward_sums(pk_size rows, pk_size c, const float *g, const float *raw,
                             const uint8_t *winner, const float *mean, const float *inverse,
                             double *sum, double *weighted);

/// A product C (+)= A B whose inner dimension comes in `parts` pieces of `k` steps, for n a multiple of 16.
/// Element (row, step) of A's piece p is a[p * a_part + row * a_row + step * a_step]. B and C are cut into panels of
/// sixteen columns: row r of panel j begins at b[j * b_panel + r * b_row], c[j * c_panel + r * c_row].
typedef struct {
  pk_size m, n, k, parts;
  const float *a;
  pk_size a_part, a_row, a_step;
  const float *b;
  pk_size b_panel, b_row;
  float *c;
  pk_size c_panel, c_row;
  int accumulate;  // whether C is added to
} pk_gemm_shape;
/// Such a product where A, B and C stay in the second-level cache: nothing is packed, so that thin matrices run
/// as fast as square ones.
void pk_gemm(const pk_gemm_shape *g);

/// The 4×4 output tiles of 3×3 stride-1 convolutions over NHWC images; channels in multiples of 16. The maps
/// give the input row (column) of each of the six rows (columns) that a tile reads, or -1 for a zero.
typedef struct {
  pk_size height, width, channels;
  pk_size tiles_y, tiles_x;
  const int32_t *y_map;  // [tiles_y × 6]
  const int32_t *x_map;  // [tiles_x × 6]
} pk_tiles;

/// What is done to output values as they are written, each part optional: value * factor + offset
/// (+ residual) (then ReLU) by channel, and sums of what was written by channel.
typedef struct {
  const float *factor, *offset, *residual;
  int relu;
  double *sum, *squares;
} pk_epilogue;

/// Winograd F(4×4, 3×3) (Lavin, Gray 2016): transforms between images and 36 matrices, one a point, each
/// [channels / 16][tiles][16] and `plane` floats from one to the next.
/// Bᵀ d B of `tiles` input tiles.
void pk_winograd_input(const pk_tiles *g, const float *x, pk_size first, pk_size tiles,
                       pk_size plane, float *out);
/// The transpose of winograd_input: adds B m Bᵀ onto the images that the tiles were read from.
void pk_winograd_input_adjoint(const pk_tiles *g, const float *m, pk_size first, pk_size tiles,
                               pk_size plane, float *dx);
/// A dy Aᵀ of `tiles` output-gradient tiles; the maps are not read.
void pk_winograd_gradient(const pk_tiles *g, const float *dy, pk_size first, pk_size tiles,
                          pk_size plane, float *out);
/// Aᵀ m A, written to the output images with the epilogue.
void pk_winograd_output(const pk_tiles *g, const float *m, pk_size first, pk_size tiles,
                        pk_size plane, const pk_epilogue *e, float *out);
/// G w Gᵀ of filters first ..< first + outputs of w [total][3][3][c]: out [36][c / 16][total][16].
void pk_winograd_filter(pk_size first, pk_size outputs, pk_size total, pk_size c, const float *w,
                        float *out);
/// The same as out [36][total / 16][c][16]; `outputs` is a multiple of 16.
void pk_winograd_filter_transposed(pk_size first, pk_size outputs, pk_size total, pk_size c,
                                   const float *w, float *out);
/// Gᵀ m G of m [36][c / 16][total][16]: the filters' gradient dw [total][3][3][c].
void pk_winograd_filter_gradient(pk_size first, pk_size outputs, pk_size total, pk_size c,
                                 const float *m, float *dw);

/// Label propagation. The products of 2×2 tiles of cells with the columns around them in one row of another
/// frame: scores [tiles][4][width] of queries [tiles][channels][4] with columns 2t ..< 2t + width of keys
/// [channels][stride]; `width` is a multiple of 8.
void pk_row_scores(pk_size tiles, pk_size channels, const float *queries, const float *keys,
                   pk_size stride, pk_size width, float *scores);
/// Takes n scores, numbered from first_id, into the k best and their ids, which stand in falling order;
/// each counts `copies` times. Of equal scores the earlier stays.
void pk_best_of_row(pk_size n, const float *scores, int32_t first_id, pk_size copies, pk_size k,
                    float *best, int32_t *ids);
/// How the scores of one row of keys belong to two rows of queries.
typedef struct {
  pk_size columns;   // cells of a row
  pk_size width;     // columns of a tile's scores
  pk_size margin;    // columns before a tile's first query at which its scores begin
  pk_size reach[2];  // for each row of queries, the columns to either side that count; -1 for none
  pk_size copies;    // how often each score counts
  int32_t first_id;  // the id of the row's first cell
} pk_windows;
/// Takes the scores of pk_row_scores within each query's reach into its k best: best and ids
/// [2][columns][k].
void pk_best_of_windows(const pk_windows *g, const float *scores, pk_size k, float *best,
                        int32_t *ids);

/// Search. The cosine of each row of x (n numbers, `stride` from one row to the next) and q, times the length of
/// q; -infinity for a row of zeros, NaN for one of which a number is not finite or the squares' sum overflows.
void pk_cosines(pk_size rows, pk_size n, pk_size stride, const float *x, const float *q, float *out);
/// Such rows at unit length, packed, and the lengths they had; a row of zeros stays one.
void pk_unit_rows(pk_size rows, pk_size n, pk_size stride, const float *x, float *out,
                  float *lengths);
/// Writes the places of the numbers that are at least `least`, in order; returns how many there are.
pk_size pk_at_least(pk_size n, const float *x, float least, int32_t *places);
/// How many numbers are above `limit`.
pk_size pk_count_above(pk_size n, const float *x, float limit);
