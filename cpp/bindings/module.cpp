#include <pybind11/pybind11.h>

#include "registers.hpp"

// Errors first, then classes in the order in which signatures name them, then functions.
PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
  m.doc() = "The core of customerhealth. Use the classes of the package `customerhealth` instead.";
  using namespace customerhealth::bindings;
  register_errors(m);
  register_result(m);
  register_model(m);
  register_peers(m);
  register_panel(m);
  register_portfolio(m);
  register_revenue(m);
  register_storage(m);
  register_walk(m);
  register_columns(m);
  register_records(m);
  register_instants(m);
  register_clv(m);
  register_clv_likelihood(m);
  register_validation(m);
  register_process(m);
}
