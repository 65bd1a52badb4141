#define PK_TIER(name) name##_portable
#include "tier_body.inc"
