#pragma once

#include <cstddef>  // __GLIBC__

/// Before a function that is a plain loop over columns: beside the one for every processor there is another that takes
/// four doubles at a time, and the one for this processor is chosen when the library is loaded. Both give the same
/// bits, since nothing is fused or added in another order. Only where the loader can choose; not under
/// AddressSanitizer, which is not ready when it does.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__clang__)
#define CUSTOMERHEALTH_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define CUSTOMERHEALTH_WIDE
#endif
