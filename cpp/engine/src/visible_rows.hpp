#pragma once

#include <memory>
#include <string_view>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/panel/snapshot.hpp"

namespace customerhealth::engine {

/// See Portfolio::rows; inside run().
[[nodiscard]] std::shared_ptr<const arrow::ResultTable> visible_rows(const panel::Snapshot& snapshot,
                                                                     std::string_view table, Instant as_of,
                                                                     Watch& watch);

}  // namespace customerhealth::engine
