#pragma once

#include <pybind11/pybind11.h>

namespace customerhealth::bindings {

void register_errors(pybind11::module_& m);
void register_result(pybind11::module_& m);
void register_model(pybind11::module_& m);
void register_peers(pybind11::module_& m);
void register_panel(pybind11::module_& m);
void register_portfolio(pybind11::module_& m);
void register_storage(pybind11::module_& m);
void register_walk(pybind11::module_& m);
void register_columns(pybind11::module_& m);
void register_records(pybind11::module_& m);
void register_instants(pybind11::module_& m);
void register_revenue(pybind11::module_& m);
void register_clv(pybind11::module_& m);
void register_clv_likelihood(pybind11::module_& m);
void register_validation(pybind11::module_& m);
void register_process(pybind11::module_& m);

}  // namespace customerhealth::bindings
