#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "array_bytes.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/engine/portfolio.hpp"
#include "registers.hpp"
#include "released.hpp"

namespace py = pybind11;

/// The walk that a portfolio keeps, as Python can write it to files, and back.
namespace customerhealth::bindings {
namespace {

using storage::ArrayType;

using Node = std::tuple<std::string, std::string, std::int64_t, std::int64_t, std::int64_t>;

/// What the manifest says of it, the columns of its entries, those of the values, and their texts.
py::dict dump_walk(const engine::Portfolio& self) {
  engine::SavedWalk walk;
  {
    const Released released;
    walk = self.walk();
  }
  py::dict out;
  py::list nodes, entries, values;
  for (const engine::SavedNode& node : walk.nodes) {
    nodes.append(py::make_tuple(node.kind, node.name, micros_since_epoch(node.until), node.entries, node.values));
  }
  out["accounts"] = walk.accounts;
  out["nodes"] = nodes;
  out["entry_count"] = walk.at.size();
  entries.append(py::make_tuple("account", "i", array_bytes(std::move(walk.account))));
  entries.append(py::make_tuple("at", "tsu:UTC", array_bytes(std::move(walk.at))));
  entries.append(py::make_tuple("from", "i", array_bytes(std::move(walk.from))));
  entries.append(py::make_tuple("to", "i", array_bytes(std::move(walk.to))));
  out["entries"] = entries;
  out["value_count"] = walk.type.size();
  values.append(py::make_tuple("type", "C", array_bytes(std::move(walk.type))));
  values.append(py::make_tuple("bits", "l", array_bytes(std::move(walk.bits))));
  out["values"] = values;
  const auto text = [&](std::int32_t place) { return std::string_view{walk.text[static_cast<std::size_t>(place)]}; };
  out["texts"] = texts_of(0, static_cast<std::int32_t>(walk.text.size()), text);
  return out;
}

template <class T>
std::vector<T> column(const storage::Arrays& from, const char* name, ArrayType type) {
  const auto values = from.get<T>(name, type);
  return {values.begin(), values.end()};
}

void restore_walk(engine::Portfolio& self, std::int64_t accounts, const std::vector<Node>& nodes,
                  const py::handle& entries, const py::handle& values) {
  engine::SavedWalk walk;
  walk.accounts = accounts;
  for (const auto& [kind, name, until, count, value_count] : nodes) {
    walk.nodes.push_back({kind, name, Instant{Micros{until}}, count, value_count});
  }
  const storage::Arrays lines = arrays_of(entries), shown = arrays_of(values);
  const Released released;
  walk.account = column<std::int32_t>(lines, "account", ArrayType::int32);
  walk.at = column<Instant>(lines, "at", ArrayType::instant);
  walk.from = column<std::int32_t>(lines, "from", ArrayType::int32);
  walk.to = column<std::int32_t>(lines, "to", ArrayType::int32);
  walk.type = column<std::uint8_t>(shown, "type", ArrayType::byte);
  walk.bits = column<std::int64_t>(shown, "bits", ArrayType::int64);
  for (const std::string_view text : shown.texts("text")) walk.text.emplace_back(text);
  self.take_walk(walk);
}

/// Of each node until when it was walked, in microseconds, and whether all accounts were; nothing: it was not.
std::vector<std::optional<std::pair<std::int64_t, bool>>> reached(const engine::Portfolio& self) {
  std::vector<std::optional<std::pair<std::int64_t, bool>>> out;
  for (const auto& node : self.reached()) {
    out.emplace_back();
    if (!is_missing(node.until)) out.back().emplace(micros_since_epoch(node.until), node.is_whole);
  }
  return out;
}

}  // namespace

void register_walk(py::module_& m) {
  m.def("dump_walk", &dump_walk, py::arg("portfolio"));
  m.def("restore_walk", &restore_walk, py::arg("portfolio"), py::arg("accounts"), py::arg("nodes"), py::arg("entries"),
        py::arg("values"));
  m.def(
      "carry_walk",
      [](const engine::Portfolio& from, engine::Portfolio& to) {
        const Released released;
        to.take_walk_of(from);
      },
      py::arg("source"), py::arg("to"));
  m.def("walk_reached", &reached, py::arg("portfolio"));
}

}  // namespace customerhealth::bindings
