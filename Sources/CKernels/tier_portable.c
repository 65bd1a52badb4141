// Rows of a tile of pk_gemm: as many sums as the registers hold.
#define PK_GEMM_ROWS 4
#define PK_TIER(name) name##_portable
#include "tier_body.inc"
