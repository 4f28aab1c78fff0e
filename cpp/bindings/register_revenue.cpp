#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/engine/portfolio.hpp"
#include "customerhealth/revenue/movements.hpp"
#include "registers.hpp"
#include "result_object.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using InstantArray = py::array_t<std::int64_t, py::array::c_style>;
using OptionalText = std::optional<std::string>;

/// pybind11 keeps no pointers to const, so this holds one.
struct RevenueObject {
  std::shared_ptr<const revenue::Contracts> contracts;
};

RevenueObject revenue_of(const engine::Portfolio& portfolio, const std::string& table, const std::string& mrr,
                         OptionalText product, OptionalText currency, OptionalText billing_period,
                         bool free_are_customers, int threads, py::object progress) {
  const revenue::ContractColumns columns{mrr, std::move(product), std::move(currency), std::move(billing_period)};
  const revenue::Free free = free_are_customers ? revenue::Free::customers : revenue::Free::prospects;
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    RevenueObject out;
    run(resolved, watch, [&] {
      out.contracts = revenue::read_contracts(portfolio.model(), portfolio.ledger(), table, columns, free, watch);
    });
    return out;
  });
}

std::optional<Length> length_of(const OptionalText& text) {
  if (!text) return std::nullopt;
  const auto length = Length::parse(*text);
  if (!length) throw py::value_error{"gap: '" + *text + "' is no length; write it as 14d, 2w or 1mo"};
  return length;
}

std::optional<Instant> instant_of(std::optional<std::int64_t> micros) {
  return micros ? std::optional{Instant{Micros{*micros}}} : std::nullopt;
}

std::vector<revenue::Period> periods_of(const InstantArray& from, const InstantArray& to) {
  if (from.size() != to.size()) throw py::value_error{"from and to differ in length"};
  std::vector<revenue::Period> periods;
  for (py::ssize_t i = 0; i < from.size(); ++i) {
    periods.push_back({Instant{Micros{from.data()[i]}}, Instant{Micros{to.data()[i]}}});
  }
  return periods;
}

/// The only one given; nothing: contracts without a product.
TextCode product_of(const RevenueObject& self, const std::vector<OptionalText>& product) {
  if (product.size() != 1) throw py::value_error{"give one product"};
  return product.front() ? self.contracts->ledger->texts->find(*product.front()) : TextCode{};
}

ResultObject movements_of(const RevenueObject& self, const InstantArray& from, const InstantArray& to,
                          std::optional<std::int64_t> as_known_at, const OptionalText& gap, bool in_detail,
                          const std::optional<std::vector<OptionalText>>& product, int threads, py::object progress) {
  const std::vector<revenue::Period> periods = periods_of(from, to);
  const revenue::View view{instant_of(as_known_at), length_of(gap)};
  const auto code = product ? std::optional{product_of(self, *product)} : std::nullopt;
  return watched(threads, std::move(progress), [&](Threads resolved, Watch& watch) {
    std::shared_ptr<const arrow::ResultTable> result;
    run(resolved, watch, [&] { result = revenue::movements(*self.contracts, periods, view, in_detail, code, watch); });
    return ResultObject{std::move(result)};
  });
}

/// Of all contracts, superseded ones too, in the order of the texts' codes.
std::vector<OptionalText> products_of(const RevenueObject& self) {
  std::set<TextCode> codes;
  for (const revenue::Contract& contract : self.contracts->rows) codes.insert(contract.product);
  std::vector<OptionalText> products;
  for (const TextCode code : codes) {
    products.push_back(code.is_missing() ? std::nullopt
                                         : OptionalText{std::string{self.contracts->ledger->texts->text(code)}});
  }
  return products;
}

py::list findings_of(const RevenueObject& self) {
  py::list out;
  for (const revenue::ContractFinding& finding : self.contracts->findings) {
    out.append(py::make_tuple(finding.check, finding.rows, finding.first_row, finding.example));
  }
  return out;
}

}  // namespace

void register_revenue(py::module_& m) {
  py::class_<RevenueObject>(m, "Revenue", "The contracts of a portfolio, ready for their movements.")
      .def(py::init(&revenue_of), py::arg("portfolio"), py::arg("table"), py::arg("mrr"),
           py::arg("product") = py::none(), py::arg("currency") = py::none(), py::arg("billing_period") = py::none(),
           py::arg("free_are_customers") = false, py::arg("threads") = 0, py::arg("progress") = py::none())
      .def("movements", &movements_of, py::arg("start").noconvert(), py::arg("end").noconvert(),
           py::arg("as_known_at") = py::none(), py::arg("gap") = py::none(), py::arg("detail") = false,
           py::arg("product") = py::none(), py::arg("threads") = 0, py::arg("progress") = py::none())
      .def(
          "contracts",
          [](const RevenueObject& self, std::optional<std::int64_t> as_known_at) {
            return watched(1, py::none(), [&](Threads, Watch& watch) {
              return ResultObject{
                  revenue::contracts_table(*self.contracts, instant_of(as_known_at).value_or(kLastInstant), watch)};
            });
          },
          py::arg("as_known_at") = py::none())
      .def(
          "runs",
          [](const RevenueObject& self, std::optional<std::int64_t> as_known_at, const OptionalText& gap) {
            const auto length = length_of(gap);
            return watched(1, py::none(), [&](Threads, Watch& watch) {
              return ResultObject{
                  revenue::runs_table(*self.contracts, instant_of(as_known_at).value_or(kLastInstant), length, watch)};
            });
          },
          py::arg("as_known_at") = py::none(), py::arg("gap") = py::none())
      .def(
          "last_seen",
          [](const RevenueObject& self, std::optional<std::int64_t> as_known_at) {
            return micros_since_epoch(
                revenue::last_seen(*self.contracts, instant_of(as_known_at).value_or(kLastInstant)));
          },
          py::arg("as_known_at") = py::none())
      .def_property_readonly("products", &products_of)
      .def_property_readonly("findings", &findings_of)
      .def_property_readonly("currency", [](const RevenueObject& self) { return self.contracts->currency; });
}

}  // namespace customerhealth::bindings
