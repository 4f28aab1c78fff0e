#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "customerhealth/arrow/result.hpp"
#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/parallel.hpp"

namespace customerhealth::ledger {

/// A column of a table that no model reads, and what it is for.
struct RoleColumn {
  enum class Role : std::uint8_t {
    account,  // texts or int64
    instant,  // timestamp[us, UTC]
    end,      // the same; one that never comes is null
    number,   // float64; booleans are 1 and 0
  };
  std::string name;
  Role role = Role::account;
  std::string what;  // for messages, as in "amount needs numbers"
};

/// The columns, each as its role has it, read and refused with a row as those of a portfolio are; nulls stay null.
/// Texts are dictionary-encoded.
[[nodiscard]] std::shared_ptr<const arrow::ResultTable> read_columns(const arrow::ArrowTable& table,
                                                                     const std::string& name,
                                                                     std::span<const RoleColumn> columns, Watch& watch);

}  // namespace customerhealth::ledger
