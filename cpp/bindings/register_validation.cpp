#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/validation/beta.hpp"
#include "customerhealth/validation/calibration.hpp"
#include "customerhealth/validation/fit.hpp"
#include "customerhealth/validation/foresight.hpp"
#include "customerhealth/validation/rates.hpp"
#include "registers.hpp"
#include "watch.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

template <class T>
using Values = py::array_t<T, py::array::c_style>;
using Numbers = Values<double>;

template <class T>
std::span<const T> in(const Values<T>& values) {
  return {values.data(), static_cast<std::size_t>(values.size())};
}

template <class T>
std::span<T> out(Values<T>& values) {
  return {values.mutable_data(), static_cast<std::size_t>(values.size())};
}

/// Calls work(watch) without the GIL, inside `run`, so that Ctrl-C is heard.
template <class Work>
void compute(int threads, const Work& work) {
  watched(threads, py::none(), [&](Threads resolved, Watch& watch) {
    run(resolved, watch, [&] { work(watch); });
    return true;
  });
}

validation::Rounds rounds_of(std::int64_t count, std::uint64_t seed) {
  if (count < 0) throw Error{"rounds: expected 0 or more, got " + std::to_string(count)};
  return {count, seed};
}

py::dict foresight(const Numbers& scores, const Values<bool>& events, const Values<std::int32_t>& accounts,
                   const Numbers& shares, std::int64_t rounds, std::uint64_t seed, int threads) {
  if (scores.ndim() != 2 || scores.shape(1) != events.size()) {
    throw py::value_error{"scores: expected a row a score, of as many cases as events has"};
  }
  for (const double share : in(shares)) {
    if (!(share > 0.0 && share <= 1.0)) throw Error{"shares: expected numbers above 0 and up to 1"};
  }
  const auto count = scores.shape(0), lists = shares.size();
  const validation::Rounds drawn = rounds_of(rounds, seed);
  Numbers auc{count}, ap{count}, auc_draws{{count, rounds}}, ap_draws{{count, rounds}}, cutoff{{count, lists}},
      hits{{count, lists}}, listed_draws{{count, lists, rounds}}, hits_draws{{count, lists, rounds}};
  Values<std::int64_t> listed{{count, lists}};
  std::vector<validation::Foresight> found(static_cast<std::size_t>(count));
  const auto row = [&](auto& values, std::size_t score) {
    const std::size_t size = static_cast<std::size_t>(values.size()) / found.size();
    return out(values).subspan(score * size, size);
  };
  for (std::size_t k = 0; k < found.size(); ++k) {
    found[k].auc_draws = row(auc_draws, k);
    found[k].average_precision_draws = row(ap_draws, k);
    found[k].cutoff = row(cutoff, k);
    found[k].listed = row(listed, k);
    found[k].hits = row(hits, k);
    found[k].listed_draws = row(listed_draws, k);
    found[k].hits_draws = row(hits_draws, k);
  }
  const validation::Cases cases{in(events), in(accounts)};
  compute(threads, [&, score = in(scores), share = in(shares)](Watch& watch) {
    validation::foresee(score, cases, share, drawn, watch, found);
  });
  for (std::size_t k = 0; k < found.size(); ++k) {
    out(auc)[k] = found[k].auc;
    out(ap)[k] = found[k].average_precision;
  }
  using namespace py::literals;
  return py::dict{"auc"_a = auc,           "auc_draws"_a = auc_draws,   "ap"_a = ap,
                  "ap_draws"_a = ap_draws, "cutoff"_a = cutoff,         "listed"_a = listed,
                  "hits"_a = hits,         "hits_draws"_a = hits_draws, "listed_draws"_a = listed_draws};
}

py::dict rates(const Values<std::int32_t>& groups, std::int64_t count, const Values<bool>& events,
               const Values<std::int32_t>& accounts, std::int64_t rounds, std::uint64_t seed, int threads) {
  if (count < 0) throw Error{"count: expected 0 or more, got " + std::to_string(count)};
  const validation::Rounds drawn = rounds_of(rounds, seed);
  Values<std::int64_t> cases{count}, hits{count};
  Numbers cases_draws{{count, rounds}}, events_draws{{count, rounds}};
  const validation::Rates found{out(cases), out(hits), out(cases_draws), out(events_draws)};
  const validation::Cases given{in(events), in(accounts)};
  compute(threads,
          [&, group = in(groups)](Watch& watch) { validation::count_groups(group, given, drawn, watch, found); });
  using namespace py::literals;
  return py::dict{"cases"_a = cases, "events"_a = hits, "cases_draws"_a = cases_draws, "events_draws"_a = events_draws};
}

py::tuple isotonic(const Numbers& x, const Numbers& y, const Numbers& weight) {
  validation::Corners found;
  compute(1, [&, at = in(x), to = in(y), by = in(weight)](Watch&) { found = validation::isotonic(at, to, by); });
  const auto size = static_cast<py::ssize_t>(found.x.size());
  return py::make_tuple(Numbers{size, found.x.data()}, Numbers{size, found.y.data()});
}

/// Whether each is 1; others than 0 and 1 are refused. Not a vector: that one packs its bools.
std::unique_ptr<bool[]> events_of(const Numbers& y) {
  auto events = std::make_unique<bool[]>(static_cast<std::size_t>(y.size()));
  for (std::size_t i = 0; const double value : in(y)) {
    if (value != 0.0 && value != 1.0) throw Error{"y[" + std::to_string(i) + "]: expected 0 or 1"};
    events[i++] = value == 1.0;
  }
  return events;
}

validation::Targets targets_of(bool smoothed) {
  return smoothed ? validation::Targets::smoothed : validation::Targets::plain;
}

py::tuple logistic(const Numbers& x, const Numbers& y, bool smoothed) {
  validation::Logistic found{};
  const auto events = events_of(y);
  const std::vector<std::int32_t> alone(static_cast<std::size_t>(y.size()));
  const validation::Cases cases{{events.get(), static_cast<std::size_t>(y.size())}, alone};
  compute(1, [&, at = in(x)](Watch&) { found = validation::logistic(at, cases, targets_of(smoothed)); });
  return py::make_tuple(found.a, found.b);
}

Numbers logistic_draws(const Numbers& x, const Numbers& y, const Values<std::int32_t>& accounts, std::int64_t rounds,
                       std::uint64_t seed, bool smoothed, int threads) {
  const validation::Rounds drawn = rounds_of(rounds, seed);
  std::vector<validation::Logistic> found(static_cast<std::size_t>(rounds));
  const auto events = events_of(y);
  const validation::Cases cases{{events.get(), static_cast<std::size_t>(y.size())}, in(accounts)};
  compute(threads, [&, at = in(x)](Watch& watch) {
    validation::draw_logistic(at, cases, targets_of(smoothed), drawn, watch, found);
  });
  Numbers curves{{static_cast<py::ssize_t>(rounds), py::ssize_t{2}}};
  for (std::size_t i = 0; i < found.size(); ++i) {
    out(curves)[2 * i] = found[i].a;
    out(curves)[2 * i + 1] = found[i].b;
  }
  return curves;
}

py::dict fit_coefficients(const Numbers& x, const Values<bool>& y, const Numbers& weight, double ridge, double lasso,
                          const std::optional<Numbers>& towards, const Numbers& low, const Numbers& high, int threads) {
  if (x.ndim() != 2 || x.shape(0) != y.size() || x.shape(1) != low.size()) {
    throw py::value_error{"x: expected a row a case and a column a bound"};
  }
  validation::Regression given{in(x), in(y), in(weight), ridge, lasso, {}, in(low), in(high)};
  if (towards) given.towards = in(*towards);
  validation::Fitted found;
  compute(threads, [&](Watch& watch) { found = validation::fit(given, watch); });
  using namespace py::literals;
  const Numbers coefficients{static_cast<py::ssize_t>(found.coefficients.size()), found.coefficients.data()};
  return py::dict{"coefficients"_a = coefficients, "intercept"_a = found.intercept, "scale"_a = found.scale,
                  "iterations"_a = found.steps, "kkt"_a = found.kkt};
}

}  // namespace

void register_validation(py::module_& m) {
  m.def("foresight", &foresight, py::arg("scores").noconvert(), py::arg("events").noconvert(),
        py::arg("accounts").noconvert(), py::arg("shares").noconvert(), py::arg("rounds"), py::arg("seed"),
        py::arg("threads") = 0, "AUC, average precision and hits of scores whose low values foretell events.");
  m.def("rates", &rates, py::arg("groups").noconvert(), py::arg("count"), py::arg("events").noconvert(),
        py::arg("accounts").noconvert(), py::arg("rounds"), py::arg("seed"), py::arg("threads") = 0,
        "Cases and events of each group, as they are and of accounts drawn anew.");
  m.def("isotonic", &isotonic, py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("weight").noconvert(),
        "The corners of the falling step function nearest to y.");
  m.def("logistic", &logistic, py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("smoothed"),
        "a and b of the most likely 1 / (1 + e^-(a - b x)).");
  m.def("logistic_draws", &logistic_draws, py::arg("x").noconvert(), py::arg("y").noconvert(),
        py::arg("accounts").noconvert(), py::arg("rounds"), py::arg("seed"), py::arg("smoothed"),
        py::arg("threads") = 0, "The same of accounts drawn anew, a row a round.");
  m.def("beta_quantile", &validation::beta_quantile, py::arg("a"), py::arg("b"), py::arg("probability"),
        "Below which value a number of the beta distribution lies with that probability.");
  m.def("fit", &fit_coefficients, py::arg("x").noconvert(), py::arg("y").noconvert(), py::arg("weight").noconvert(),
        py::arg("ridge"), py::arg("lasso"), py::arg("towards").noconvert(), py::arg("low").noconvert(),
        py::arg("high").noconvert(), py::arg("threads") = 0,
        "Coefficients within bounds that foretell an event, near a multiple of others.");
}

}  // namespace customerhealth::bindings
