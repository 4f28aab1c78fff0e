#pragma once

namespace customerhealth {

__extension__ typedef __int128 Int128;  // NOLINT(modernize-use-using): `using` cannot carry __extension__
__extension__ typedef unsigned __int128 Uint128;

}  // namespace customerhealth
