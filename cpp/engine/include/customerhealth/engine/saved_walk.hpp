#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/common/instant.hpp"

namespace customerhealth::engine {

/// What is kept of the walk of one node.
struct SavedNode {
  std::string kind, name;  // grade, stage or play
  Instant until = kMissingInstant;
  std::int64_t entries = 0, values = 0;
};

/// The walk that a portfolio keeps, as columns of files. Accounts go by their places in panel order and texts by
/// themselves: codes may differ where the same rows are loaded in other pieces.
struct SavedWalk {
  std::int64_t accounts = 0;  // of the portfolio
  std::vector<SavedNode> nodes;
  // A line an entry: node by node, of each its accounts in order, of each what it did in time. One that was not walked
  // has a line without an instant. Grades and stages: from which (-1: none before) to which; plays: to 1, opened, or 0.
  std::vector<std::int32_t> account, from, to;
  std::vector<Instant> at;
  // A line a value of an opening: of each its priority, where the play has one, and then PlaySpec::values.
  std::vector<std::uint8_t> type;  // which of lifecycle::KeptValue
  std::vector<std::int64_t> bits;
  std::vector<std::string> text;
};

}  // namespace customerhealth::engine
