#include "tier.h"

static pk_table tiers[PK_AVX512 + 1];
static pk_table table;
static pk_tier current = -1;

pk_tier pk_best_tier(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return PK_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return PK_AVX2;
#endif
  return PK_PORTABLE;
}

const pk_table *pk_tier_table(pk_tier tier) {
  return tier <= pk_best_tier() ? &tiers[tier] : 0;
}

pk_tier pk_use_tier(pk_tier tier) {
  if (tier > pk_best_tier()) tier = pk_best_tier();
  table = tiers[tier];
  current = tier;
  return tier;
}

pk_tier pk_current_tier(void) { return current; }

__attribute__((constructor)) static void install(void) {
  pk_install_portable(&tiers[PK_PORTABLE]);
#if defined(__x86_64__)
  if (pk_best_tier() >= PK_AVX2) pk_install_avx2(&tiers[PK_AVX2]);
  if (pk_best_tier() >= PK_AVX512) pk_install_avx512(&tiers[PK_AVX512]);
#endif
  pk_use_tier(pk_best_tier());
}

#define PK_RETURN_void
#define PK_RETURN_double return
#define PK_RETURN_float return
#define PK_RETURN_pk_size return
#define PK_KERNEL(result, name, parameters, arguments) \
  result pk_##name parameters { PK_RETURN_##result table.name arguments; }
#include "kernel_list.h"
