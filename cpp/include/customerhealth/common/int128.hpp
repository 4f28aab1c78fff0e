#pragma once

namespace customerhealth {

/// Differences and sums of 64-bit values without overflow. `__extension__` because ISO C++ does not know the type.
__extension__ using Int128 = __int128;

}  // namespace customerhealth
