#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a source's columns hold, as the columns that a model names.
namespace customerhealth::source {

/// `.name` or `["any name"]`: of a struct, a map, a JSON object.
struct Member {
  std::string name;
  friend bool operator==(const Member&, const Member&) = default;
};

/// `[n]`: of a list, counted from 0.
struct Place {
  std::int64_t place = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// `[key=value]`: the first element of a list, or entry of a map, of which the member `key` is `value`.
struct Match {
  std::string key, value;
  friend bool operator==(const Match&, const Match&) = default;
};

using Step = std::variant<Member, Place, Match>;

/// More steps than anybody writes: a path is walked step by step, and each may cost a pass over the rows.
inline constexpr std::size_t kMostSteps = 64;

/// The way from a column into what it holds.
struct Path {
  std::string root;
  std::vector<Step> steps;
};

/// The longest column that a name begins with, before a dot or a bracket; nothing: it is no path into any of them.
[[nodiscard]] std::optional<std::string> root_of(std::string_view name, std::span<const std::string> columns);

/// What could have been written instead of a column that is not there: a whole name, or where its path begins.
[[nodiscard]] std::string suggest_column(const std::string& name, const std::vector<std::string>& columns);

/// Reads the steps of `name` behind its first `begin` bytes. Throws Error, whose words say what is wrong and where.
[[nodiscard]] std::vector<Step> parse_steps(std::string_view name, std::size_t begin);

}  // namespace customerhealth::source
