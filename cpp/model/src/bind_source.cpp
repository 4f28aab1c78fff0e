#include <unordered_map>
#include <utility>

#include "binder.hpp"
#include "customerhealth/model/bound_source.hpp"

namespace customerhealth::model {
namespace {

/// The columns of a row as its source has it, then those derived so far.
class RowScope final : public expression::Scope {
 public:
  RowScope(const SourceSpec& source, const std::vector<Type>& types) : source_{source}, types_{types} {
    for (const std::string& column : source.columns) add(column);
    for (const DerivedColumn& column : source.derived) add(column.name);
    types_.resize(slots_.size(), Type::any);
  }

  void set(std::size_t derived, Type type) { types_[source_.columns.size() + derived] = type; }

  [[nodiscard]] std::optional<expression::Symbol> find(const expression::Name& name) const override {
    const auto found = slots_.find(name.word);
    if (name.part || name.every_part || found == slots_.end()) return std::nullopt;
    return expression::Symbol{types_[static_cast<std::size_t>(found->second)], {SlotIndex{found->second}}};
  }
  [[nodiscard]] std::vector<std::string> candidates(const expression::Name& /*name*/) const override {
    return source_.columns;
  }
  [[nodiscard]] bool is_of_source() const override { return true; }

 private:
  void add(const std::string& name) { slots_.emplace(name, static_cast<std::int32_t>(slots_.size())); }

  const SourceSpec& source_;
  std::vector<Type> types_;
  std::unordered_map<std::string, std::int32_t> slots_;
};

}  // namespace

BoundSource bind_source(const TableSpec& table, const std::vector<Type>& types, TextOverlay& texts,
                        std::vector<Problem>& problems) {
  BoundSource out;
  RowScope scope{table.source, types};
  const auto bind = [&](const Formula& formula, Type wanted) {
    try {
      return expression::bind(formula.expression, scope, wanted, texts);
    } catch (const FormulaError& error) {
      problems.push_back({formula.path,
                          error.problems().front().message + types_of_names(formula, scope, table.name + "."),
                          error.position()});
      return expression::bind(expression::Expression::parse("missing"), scope, Type::any, texts);
    }
  };
  for (std::size_t d = 0; d < table.source.derived.size(); ++d) {
    out.derived.push_back(bind(table.source.derived[d].formula, Type::any));
    scope.set(d, out.derived.back().type());
  }
  if (table.source.where) out.where = bind(*table.source.where, Type::boolean);
  return out;
}

}  // namespace customerhealth::model
