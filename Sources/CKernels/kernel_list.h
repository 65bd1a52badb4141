// Every kernel once: result, name, parameters, arguments. The table of a tier, the dispatchers and the
// installers are all made from this list; the documentation stands in include/kernels.h.
PK_KERNEL(void, axpy, (pk_size n, float a, const float *x, float *y), (n, a, x, y))
PK_KERNEL(void, scale, (pk_size n, float a, float *x), (n, a, x))
PK_KERNEL(double, sum, (pk_size n, const float *x), (n, x))
PK_KERNEL(double, sum_squares, (pk_size n, const float *x), (n, x))
PK_KERNEL(void, adamw, (pk_size n, const pk_adamw_step *s, const float *g, float *m, float *v, float *x), (n, s, g, m, v, x))
PK_KERNEL(void, momentum, (pk_size n, float gradient_scale, float decay, float momentum, float rate, int nesterov, const float *g, float *m, float *x), (n, gradient_scale, decay, momentum, rate, nesterov, g, m, x))
PK_KERNEL(void, lerp, (pk_size n, float share, const float *x, float *y), (n, share, x, y))
PK_KERNEL(void, im2col, (const pk_window *g, const float *x, pk_size first, pk_size rows, float *out), (g, x, first, rows, out))
PK_KERNEL(void, col2im, (const pk_window *g, const float *columns, pk_size first, pk_size rows, float *x), (g, columns, first, rows, x))
PK_KERNEL(void, maxpool, (const pk_window *g, const float *x, pk_size first, pk_size rows, float *out, uint8_t *winner), (g, x, first, rows, out, winner))
PK_KERNEL(void, maxpool_backward, (const pk_window *g, const float *dy, const uint8_t *winner, pk_size first, pk_size rows, float *dx), (g, dy, winner, first, rows, dx))
PK_KERNEL(void, channel_sums, (pk_size rows, pk_size c, const float *x, double *sum, double *squares), (rows, c, x, sum, squares))
PK_KERNEL(void, channel_affine, (pk_size rows, pk_size c, const float *x, const float *scale, const float *shift, const float *residual, int relu, float *out), (rows, c, x, scale, shift, residual, relu, out))
PK_KERNEL(void, normalised_backward_sums, (pk_size rows, pk_size c, const float *dout, const float *out, const float *x, const float *mean, const float *inverse, float *g, double *sum, double *weighted), (rows, c, dout, out, x, mean, inverse, g, sum, weighted))
PK_KERNEL(void, normalised_backward,
          (pk_size rows, pk_size c, const float *g, const float *x, const float *factor,
           const float *slope, const float *intercept, float *dx),
          (rows, c, g, x, factor, slope, intercept, dx))
PK_KERNEL(void, pooled_backward_sums,
          (pk_size rows, pk_size c, const float *g, const float *raw, const uint8_t *winner,
           const float *mean, const float *inverse, double *sum, double *weighted),
          (rows, c, g, raw, winner, mean, inverse, sum, weighted))
PK_KERNEL(void, affine_maxpool,
          (const pk_window *g, const float *x, const float *factor, const float *offset,
           pk_size first, pk_size rows, float *out, float *raw, uint8_t *winner),
          (g, x, factor, offset, first, rows, out, raw, winner))
PK_KERNEL(void, affine_maxpool_backward,
          (const pk_window *g, const float *dout, const uint8_t *winner, const float *x,
           const float *factor, const float *slope, const float *intercept, pk_size first,
           pk_size rows, float *dx),
          (g, dout, winner, x, factor, slope, intercept, first, rows, dx))
PK_KERNEL(void, relu, (pk_size n, const float *x, float *y), (n, x, y))
PK_KERNEL(void, relu_backward, (pk_size n, const float *y, const float *g, float *dx), (n, y, g, dx))
PK_KERNEL(void, multiply, (pk_size n, const float *x, const float *y, float *z), (n, x, y, z))
PK_KERNEL(double, dot, (pk_size n, const float *x, const float *y), (n, x, y))
PK_KERNEL(double, softmax_row,
          (pk_size n, float factor, const float *x, const bool *dropped, float *y),
          (n, factor, x, dropped, y))
PK_KERNEL(void, softmax_backward_row,
          (pk_size n, float factor, const float *y, const float *g, const bool *dropped, float *dx),
          (n, factor, y, g, dropped, dx))
PK_KERNEL(void, add_row, (pk_size rows, pk_size n, const float *row, float *y), (rows, n, row, y))
PK_KERNEL(void, column_sums, (pk_size rows, pk_size n, const float *x, double *sums),
          (rows, n, x, sums))
PK_KERNEL(void, gemm, (const pk_gemm_shape *g), (g))
PK_KERNEL(void, winograd_input,
          (const pk_tiles *g, const float *x, pk_size first, pk_size tiles, pk_size plane, float *out),
          (g, x, first, tiles, plane, out))
PK_KERNEL(void, winograd_input_adjoint,
          (const pk_tiles *g, const float *m, pk_size first, pk_size tiles, pk_size plane, float *dx),
          (g, m, first, tiles, plane, dx))
PK_KERNEL(void, winograd_gradient,
          (const pk_tiles *g, const float *dy, pk_size first, pk_size tiles, pk_size plane, float *out),
          (g, dy, first, tiles, plane, out))
PK_KERNEL(void, winograd_output,
          (const pk_tiles *g, const float *m, pk_size first, pk_size tiles, pk_size plane,
           const pk_epilogue *e, float *out),
          (g, m, first, tiles, plane, e, out))
PK_KERNEL(void, winograd_filter,
          (pk_size first, pk_size outputs, pk_size total, pk_size c, const float *w, float *out),
          (first, outputs, total, c, w, out))
PK_KERNEL(void, winograd_filter_transposed,
          (pk_size first, pk_size outputs, pk_size total, pk_size c, const float *w, float *out),
          (first, outputs, total, c, w, out))
PK_KERNEL(void, winograd_filter_gradient,
          (pk_size first, pk_size outputs, pk_size total, pk_size c, const float *m, float *dw),
          (first, outputs, total, c, m, dw))
PK_KERNEL(void, blend_rows, (pk_size n, pk_size taps, const uint8_t *rows, pk_size stride, const float *weights, float *out), (n, taps, rows, stride, weights, out))
PK_KERNEL(void, resample_row, (pk_size n, pk_size taps, const int32_t *starts, const float *weights, const float *row, const float *map, float *out), (n, taps, starts, weights, row, map, out))
PK_KERNEL(void, philox_uniform, (pk_size blocks, const pk_philox *stream, uint64_t first, float *out), (blocks, stream, first, out))
PK_KERNEL(void, row_scores,
          (pk_size tiles, pk_size channels, const float *queries, const float *keys, pk_size stride,
           pk_size width, float *scores),
          (tiles, channels, queries, keys, stride, width, scores))
PK_KERNEL(void, best_of_row,
          (pk_size n, const float *scores, int32_t first_id, pk_size copies, pk_size k, float *best,
           int32_t *ids),
          (n, scores, first_id, copies, k, best, ids))
PK_KERNEL(void, best_of_windows,
          (const pk_windows *g, const float *scores, pk_size k, float *best, int32_t *ids),
          (g, scores, k, best, ids))
PK_KERNEL(void, cosines,
          (pk_size rows, pk_size n, pk_size stride, const float *x, const float *q, float *out),
          (rows, n, stride, x, q, out))
PK_KERNEL(void, unit_rows,
          (pk_size rows, pk_size n, pk_size stride, const float *x, float *out, float *lengths),
          (rows, n, stride, x, out, lengths))
PK_KERNEL(pk_size, at_least, (pk_size n, const float *x, float least, int32_t *places),
          (n, x, least, places))
PK_KERNEL(pk_size, count_above, (pk_size n, const float *x, float limit), (n, x, limit))
