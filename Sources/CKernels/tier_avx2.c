#include "kernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
// Rows of a tile of pk_gemm: as many sums as the registers hold.
#define PK_GEMM_ROWS 6
#define PK_TIER(name) name##_avx2
#include "tier_body.inc"
#pragma clang attribute pop
#endif
