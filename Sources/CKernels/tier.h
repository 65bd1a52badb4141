#pragma once
#include "kernel_table.h"

// What each tier_*.c defines: fills a table with its kernels.
void pk_install_portable(pk_table *table);
void pk_install_avx2(pk_table *table);
void pk_install_avx512(pk_table *table);
