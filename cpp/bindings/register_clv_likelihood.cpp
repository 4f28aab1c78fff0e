#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <functional>
#include <memory>
#include <optional>

#include "clv_columns.hpp"
#include "customerhealth/clv/beta_geometric.hpp"
#include "customerhealth/clv/bgbb.hpp"
#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/clv/gamma_gamma.hpp"
#include "customerhealth/clv/likelihood.hpp"
#include "customerhealth/clv/pareto_nbd.hpp"
#include "registers.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

using Made = std::unique_ptr<clv::Likelihood>;

/// Checks the inputs, then makes the likelihood of them.
Made make(const clv::Inputs& inputs, int threads, const std::function<Made(const clv::Inputs&)>& of) {
  Made out;
  const std::int64_t rows = inputs.rows();
  compute(rows, threads, [&](Watch& watch) {
    clv::each_block(inputs, rows, watch, [](std::int64_t, std::int64_t) {});
    out = of(inputs);
  });
  return out;
}

Made of_customers(const std::string& model, const Column& frequency, const Column& recency, const Column& age,
                  const std::optional<Column>& weights, int threads) {
  clv::Inputs in;
  in.frequency = values(frequency);
  in.recency = values(recency);
  in.age = values(age);
  if (weights) in.weight = values(*weights);
  in.whole_times = model == "bgbb";
  return make(in, threads, [&](const clv::Inputs& inputs) {
    if (model == "bgbb") return clv::bgbb_likelihood(inputs);
    if (model == "pareto_nbd") return clv::pareto_nbd_likelihood(inputs);
    return clv::bgnbd_likelihood(inputs, model == "mbgnbd" ? clv::Dropout::after_any : clv::Dropout::after_repeats);
  });
}

Made of_spend(const Column& frequency, const Column& monetary_value, const std::optional<Column>& weights,
              int threads) {
  clv::Inputs in;
  in.frequency = values(frequency);
  in.spend = values(monetary_value);
  if (weights) in.weight = values(*weights);
  return make(in, threads, &clv::gamma_gamma_likelihood);
}

Made of_renewals(std::vector<double> lost, std::vector<double> left, bool free_c) {
  return clv::beta_geometric_likelihood({std::move(lost), std::move(left)}, free_c);
}

std::span<const double> span_of(const clv::Likelihood& self, const Column& logarithms) {
  const auto size = static_cast<std::size_t>(logarithms.size());
  if (size != self.parameters()) throw py::value_error{"one logarithm a parameter is wanted"};
  return {logarithms.data(), size};
}

py::tuple objective_of(const clv::Likelihood& self, const Column& logarithms, int threads) {
  const auto at = span_of(self, logarithms);
  clv::Evaluation found;
  compute(self.rows(), threads, [&](Watch&) { found = clv::objective(self, at); });
  Column gradient{static_cast<py::ssize_t>(at.size())};
  std::copy_n(found.gradient.begin(), at.size(), gradient.mutable_data());
  return py::make_tuple(found.value, gradient);
}

Column hessian_of(const clv::Likelihood& self, const Column& logarithms, int threads) {
  const auto at = span_of(self, logarithms);
  std::vector<double> found;
  compute(self.rows(), threads, [&](Watch&) { found = clv::objective_hessian(self, at); });
  const auto n = static_cast<py::ssize_t>(at.size());
  Column out{{n, n}};
  std::ranges::copy(found, out.mutable_data());
  return out;
}

Made thinned(const clv::Likelihood& self, std::int64_t every) {
  const Released released;
  return self.thinned(every);
}

}  // namespace

void register_clv_likelihood(py::module_& m) {
  py::class_<clv::Likelihood>(
      m, "Likelihood", "The log-likelihood of a model's parameters, customers with the same summary counted once.")
      .def_static("of_customers", &of_customers, py::arg("model"), py::arg("frequency").noconvert(),
                  py::arg("recency").noconvert(), py::arg("age").noconvert(),
                  py::arg("weights").noconvert() = py::none(), py::arg("threads") = 0)
      .def_static("of_spend", &of_spend, py::arg("frequency").noconvert(), py::arg("monetary_value").noconvert(),
                  py::arg("weights").noconvert() = py::none(), py::arg("threads") = 0)
      .def_static("of_renewals", &of_renewals, py::arg("lost"), py::arg("left"), py::arg("free_c"))
      .def_property_readonly("customers", &clv::Likelihood::customers)
      .def_property_readonly("rows", &clv::Likelihood::rows)
      .def("thinned", &thinned, py::arg("every"))
      .def("objective", &objective_of, py::arg("logarithms").noconvert(), py::arg("threads") = 0)
      .def("hessian", &hessian_of, py::arg("logarithms").noconvert(), py::arg("threads") = 0);
}

}  // namespace customerhealth::bindings
