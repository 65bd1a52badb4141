#pragma once
#include "kernels.h"

/// The kernels of one tier as function pointers (the habit of dav1d's DSP contexts).
typedef struct {
#define PK_KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "../kernel_list.h"
#undef PK_KERNEL
} pk_table;

/// The kernels of `tier`, for those who compare tiers side by side; null where the processor does not run it.
const pk_table *pk_tier_table(pk_tier tier);
