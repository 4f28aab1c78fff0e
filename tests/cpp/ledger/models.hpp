#pragma once

#include <memory>
#include <string>
#include <vector>

#include "customerhealth/model/model.hpp"
#include "ledger/tables.hpp"

namespace customerhealth::tables {

/// A table of every role and a column of every type.
inline constexpr const char* kEverything = R"({"format": 1,
  "tables": {
    "usage": {"kind": "events", "account": "id", "time": "at", "known": "known", "key": "k", "deleted": "gone"},
    "contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends"},
    "accounts": {"kind": "accounts", "account": "id"}},
  "metrics": {
    "amount": {"from": "usage", "agg": "sum", "of": "amount"},
    "price": {"from": "usage", "agg": "sum", "of": "price"},
    "feature": {"from": "usage", "agg": "count_distinct", "of": "feature"},
    "due": {"from": "usage", "agg": "max", "of": "due"},
    "contracts": {"from": "contracts", "agg": "count"},
    "segment": {"formula": "accounts.segment"}}})";

/// One table of events with a time and a feature.
inline constexpr const char* kUsage = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
  "metrics": {"features": {"from": "usage", "agg": "count_distinct", "of": "feature"}}})";

inline ledger::TableInput usage(const Words& ids, const Ints& at, const Words& features) {
  return input("usage", {"id", "at", "feature"}, texts(ids), days(at), texts(features));
}

/// Events and accounts that may be listed or not.
inline constexpr const char* kListed = R"({"format": 1,
  "tables": {"usage": {"kind": "events", "account": "id", "time": "at"},
             "accounts": {"kind": "accounts", "account": "id"}},
  "metrics": {"rows": {"from": "usage", "agg": "count"}}})";

inline ledger::TableInput rows(const Words& ids, const Ints& at) {
  return input("usage", {"id", "at"}, texts(ids), days(at));
}
inline ledger::TableInput accounts(const Words& ids) { return input("accounts", {"id"}, texts(ids)); }

/// What `call` has to say against its input; nothing when it takes it.
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace customerhealth::tables
