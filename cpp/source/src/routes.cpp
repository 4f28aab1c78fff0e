#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.h"
#include "nested_walk.hpp"
#include "nesting.hpp"

namespace customerhealth::source {

Nesting nesting_of(const ArrowSchema& schema) noexcept {
  if (schema.dictionary != nullptr || schema.n_children <= 0 || schema.children == nullptr) return Nesting::none;
  const std::string_view format = schema.format;
  if (format == "+s") return Nesting::structs;
  if (format == "+l") return Nesting::lists;
  if (format == "+L") return Nesting::large_lists;
  if (format == "+vl") return Nesting::views;
  if (format == "+vL") return Nesting::large_views;
  if (format.starts_with("+w:")) return Nesting::fixed_lists;
  return format == "+m" ? Nesting::maps : Nesting::none;
}

bool is_there(const ArrowSchema* schema) noexcept {
  return schema != nullptr && schema->release != nullptr && schema->format != nullptr;
}

std::int64_t child_named(const ArrowSchema& schema, std::string_view name) noexcept {
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema* child = schema.children[i];
    if (is_there(child) && child->name != nullptr && child->name == name) return i;
  }
  return -1;
}

namespace {

class RouteFinder {
 public:
  explicit RouteFinder(const std::vector<Step>& steps) : steps_{steps} {}

  Route run(const ArrowSchema& table, std::size_t column) {
    go({Descent::Kind::member, static_cast<std::int64_t>(column), {}, table.children[column]});
    return run_on(std::move(route_));
  }

  Route run_on(Route from) {
    route_ = std::move(from);
    for (std::size_t s = 0; s < steps_.size() && route_.end != nullptr; ++s) {
      const arrow::SourceKind kind = arrow::kind_of(*route_.end);
      if (kind == arrow::SourceKind::null) {
        route_.end = nullptr;
      } else if (kind == arrow::SourceKind::text) {
        route_.rest.assign(steps_.begin() + static_cast<std::ptrdiff_t>(s), steps_.end());
        break;
      } else {
        std::visit([this](const auto& step) { take(step); }, steps_[s]);
      }
    }
    return std::move(route_);
  }

 private:
  void go(Descent descent) {
    route_.end = is_there(descent.to) ? descent.to : nullptr;
    route_.descents.push_back(std::move(descent));
  }
  [[noreturn]] static void fail(const ArrowSchema& at, const std::string& what) {
    throw Error{"the path comes to a column of type " + arrow::words_of_type(at) + ", " + what};
  }

  void take(const Member& step) {
    const ArrowSchema& at = *route_.end;
    switch (nesting_of(at)) {
      case Nesting::structs: {
        const std::int64_t child = child_named(at, step.name);
        if (child < 0) return void(route_.end = nullptr);
        return go({Descent::Kind::member, child, {}, at.children[child]});
      }
      case Nesting::maps: {
        const ArrowSchema* entries = at.children[0];
        if (!is_there(entries) || entries->n_children != 2) fail(at, "which is malformed");
        return go({Descent::Kind::entry, 0, {"", step.name}, entries->children[1]});
      }
      case Nesting::none:
        fail(at, "which has no members");
      default:
        fail(at, "whose elements are [0], [1] and so on, or [key=value]; `each` makes a row of every element");
    }
  }
  void take(const Place& step) {
    const ArrowSchema& at = *route_.end;
    const Nesting nesting = nesting_of(at);
    if (nesting == Nesting::none || nesting == Nesting::structs) fail(at, "which is no list");
    go({Descent::Kind::place, step.place, {}, at.children[0]});
  }
  void take(const Match& step) {
    const ArrowSchema& at = *route_.end;
    const Nesting nesting = nesting_of(at);
    if (nesting == Nesting::none || nesting == Nesting::structs) fail(at, "which is no list");
    const ArrowSchema* element = at.children[0];
    if (!is_there(element)) return void(route_.end = nullptr);
    const arrow::SourceKind kind = arrow::kind_of(*element);
    const bool is_struct = nesting_of(*element) == Nesting::structs;
    if (kind == arrow::SourceKind::null || (is_struct && child_named(*element, step.key) < 0))
      return void(route_.end = nullptr);
    if (!is_struct && kind != arrow::SourceKind::text) fail(at, "whose elements have no members");
    if (is_struct) {
      const ArrowSchema& member = *element->children[child_named(*element, step.key)];
      if (arrow::kind_of(member) == arrow::SourceKind::unusable)
        fail(at,
             "whose member '" + step.key + "' is " + arrow::words_of_type(member) + ", which is compared with nothing");
    }
    go({Descent::Kind::match, 0, step, element});
  }

  const std::vector<Step>& steps_;
  Route route_;
};

}  // namespace

Route find_route(const ArrowSchema& table, std::size_t column, const std::vector<Step>& steps) {
  return RouteFinder{steps}.run(table, column);
}

Route go_on(Route route, const std::vector<Step>& steps) { return RouteFinder{steps}.run_on(std::move(route)); }

std::optional<Route> go_to_elements(Route route) {
  if (route.end == nullptr) return std::nullopt;
  const Nesting nesting = nesting_of(*route.end);
  if (nesting == Nesting::none || nesting == Nesting::structs) return std::nullopt;
  const ArrowSchema* const element = route.end->children[0];
  route.descents.push_back({Descent::Kind::each, 0, {}, element});
  route.end = is_there(element) ? element : nullptr;
  return route;
}

}  // namespace customerhealth::source
