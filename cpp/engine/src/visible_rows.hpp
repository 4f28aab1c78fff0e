#pragma once

#include <memory>
#include <string_view>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/panel/snapshot.hpp"

namespace customerhealth {

/// See Portfolio::rows; inside run().
[[nodiscard]] std::shared_ptr<const ResultTable> visible_rows(const Snapshot& snapshot, std::string_view table,
                                                              Instant as_of, Watch& watch);

}  // namespace customerhealth
