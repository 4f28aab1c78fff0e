#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <type_traits>

#include "clv_columns.hpp"
#include "customerhealth/clv/beta_geometric.hpp"
#include "customerhealth/clv/bgbb.hpp"
#include "customerhealth/clv/bgnbd.hpp"
#include "customerhealth/clv/gamma_gamma.hpp"
#include "customerhealth/clv/pareto_nbd.hpp"
#include "customerhealth/common/math.hpp"
#include "registers.hpp"

namespace py = pybind11;

namespace customerhealth::bindings {
namespace {

template <class Model>
constexpr bool kWholeTimes = std::is_same_v<Model, clv::BgBb>;

/// The columns x, t_x and T of the customers.
template <class Model>
clv::Inputs customers(const Column& frequency, const Column& recency, const Column& age) {
  clv::Inputs in;
  in.frequency = values(frequency);
  in.recency = values(recency);
  in.age = values(age);
  in.whole_times = kWholeTimes<Model>;
  return in;
}

/// The last arguments of a method, which all have.
template <class Class, class Function, class... Args>
void def(Class& model, const char* name, const Function& function, const Args&... args) {
  model.def(name, function, py::arg(args).noconvert()..., py::arg("threads") = 0);
}

template <class Class, class Model = typename Class::type>
void def_probabilities(Class& model) {
  def(
      model, "log_likelihood",
      [](const Model& self, const Column& x, const Column& t_x, const Column& age, int threads) {
        const clv::Inputs in = customers<Model>(x, t_x, age);
        return each(in, threads, [&, f = *in.frequency, l = *in.recency, a = *in.age](std::size_t i) {
          return self.log_likelihood(f[i], l[i], a[i]);
        });
      },
      "frequency", "recency", "age");
  def(
      model, "probability_of_n_purchases",
      [](const Model& self, const Column& n, const Column& t, int threads) {
        clv::Inputs in;
        in.count = values(n);
        in.time = values(t);
        in.whole_times = kWholeTimes<Model>;
        return each(in, threads, [&](std::size_t i) { return self.probability_of_n((*in.count)[i], (*in.time)[i]); });
      },
      "n", "t");
  def(
      model, "conditional_probability_of_n_purchases",
      [](const Model& self, const Column& n, const Column& t, const Column& x, const Column& t_x, const Column& age,
         int threads) {
        clv::Inputs in = customers<Model>(x, t_x, age);
        in.count = values(n);
        in.time = values(t);
        return each(in, threads, [&](std::size_t i) {
          return self.conditional_probability_of_n((*in.count)[i], (*in.time)[i], (*in.frequency)[i], (*in.recency)[i],
                                                   (*in.age)[i]);
        });
      },
      "n", "t", "frequency", "recency", "age");
}

template <class Class, class Model = typename Class::type>
void def_expectations(Class& model) {
  def(
      model, "expected_purchases",
      [](const Model& self, const Column& t, const Column& x, const Column& t_x, const Column& age, int threads) {
        clv::Inputs in = customers<Model>(x, t_x, age);
        in.time = values(t);
        return each(in, threads, [&](std::size_t i) {
          return self.expected_purchases((*in.time)[i], (*in.frequency)[i], (*in.recency)[i], (*in.age)[i]);
        });
      },
      "t", "frequency", "recency", "age");
  def(
      model, "expected_purchases_new",
      [](const Model& self, const Column& t, int threads) {
        clv::Inputs in;
        in.time = values(t);
        in.whole_times = kWholeTimes<Model>;
        return each(in, threads, [&](std::size_t i) { return self.expected_purchases_new((*in.time)[i]); });
      },
      "t");
  model.def(
      "discounted_expected_residual_transactions",
      [](const Model& self, double d, const Column& x, const Column& t_x, const Column& age, int threads) {
        const clv::Inputs in = customers<Model>(x, t_x, age);
        return each(in, threads, [&](std::size_t i) {
          return self.discounted_residual(d, (*in.frequency)[i], (*in.recency)[i], (*in.age)[i]);
        });
      },
      py::arg("d"), py::arg("frequency").noconvert(), py::arg("recency").noconvert(), py::arg("age").noconvert(),
      py::arg("threads") = 0);
}

template <class Model>
Column probability_alive(const Model& self, const Column& x, const Column& t_x, const Column& age, int threads) {
  const clv::Inputs in = customers<Model>(x, t_x, age);
  return each(in, threads, [&self, f = *in.frequency, l = *in.recency, a = *in.age](std::size_t i) {
    return self.probability_alive(f[i], l[i], a[i]);
  });
}

Column bgnbd_expected(const clv::BgNbd& self, const Column& t, const Column& x, const Column& t_x, const Column& age,
                      int threads) {
  clv::Inputs in = customers<clv::BgNbd>(x, t_x, age);
  in.time = values(t);
  const std::int64_t rows = in.rows();
  Column out{static_cast<py::ssize_t>(rows)};
  const std::span<double> result{out.mutable_data(), static_cast<std::size_t>(rows)};
  compute(rows, threads, [&](Watch& watch) {
    const clv::PurchasesWhileAlive while_alive{self, *in.frequency, rows};
    clv::each_row(in, watch, result,
                  [&, f = *in.frequency, l = *in.recency, a = *in.age, time = *in.time](std::size_t i) {
                    return self.probability_alive(f[i], l[i], a[i]) * while_alive(f[i], self.alpha + a[i], time[i]);
                  });
  });
  return out;
}

Column bgnbd_expected_new(const clv::BgNbd& self, const Column& t, int threads) {
  clv::Inputs in;
  in.time = values(t);
  const double zero = 0.0;
  const clv::PurchasesWhileAlive while_alive = [&] {
    const Released released;
    return clv::PurchasesWhileAlive{self, clv::Input{{&zero, 1}}, 1};
  }();
  return each(in, threads,
              [&](std::size_t i) { return clv::expected_purchases_new(self, while_alive, (*in.time)[i]); });
}

template <class Model, class... Rest>
Model made(Rest... rest) {
  const Model model{rest...};
  model.check();
  return model;
}

void register_contractual(py::module_& m) {
  py::class_<clv::BetaGeometric> model{m, "BetaGeometric"};
  model.def(py::init(&made<clv::BetaGeometric, double, double, double>), py::arg("alpha"), py::arg("beta"),
            py::arg("c"));
  def(
      model, "survival",
      [](const clv::BetaGeometric& self, const Column& t, int threads) {
        clv::Inputs in;
        in.time = values(t);
        return each(in, threads, [&](std::size_t i) { return math::exp(self.log_survival((*in.time)[i])); });
      },
      "t");
  def(
      model, "discounted_lifetime",
      [](const clv::BetaGeometric& self, const Column& d, const Column& renewals, int threads) {
        clv::Inputs in;
        in.time = values(renewals);
        in.age = values(d);
        return each(in, threads, [&](std::size_t i) { return self.discounted_lifetime((*in.age)[i], (*in.time)[i]); });
      },
      "d", "renewals");
}

void register_spend(py::module_& m) {
  py::class_<clv::GammaGamma> model{m, "GammaGamma"};
  model.def(py::init(&made<clv::GammaGamma, double, double, double>), py::arg("p"), py::arg("q"), py::arg("v"));
  const auto inputs = [](const Column& x, const Column& mean) {
    clv::Inputs in;
    in.frequency = values(x);
    in.spend = values(mean);
    return in;
  };
  def(
      model, "expected_value",
      [inputs](const clv::GammaGamma& self, const Column& x, const Column& mean, int threads) {
        const clv::Inputs in = inputs(x, mean);
        return each(in, threads,
                    [&](std::size_t i) { return self.expected_value((*in.frequency)[i], (*in.spend)[i]); });
      },
      "frequency", "monetary_value");
  def(
      model, "log_likelihood",
      [inputs](const clv::GammaGamma& self, const Column& x, const Column& mean, int threads) {
        const clv::Inputs in = inputs(x, mean);
        return each(in, threads, [&](std::size_t i) {
          const double count = (*in.frequency)[i];
          return count == 0.0 ? 0.0 : self.log_likelihood(count, (*in.spend)[i]);
        });
      },
      "frequency", "monetary_value");
}

}  // namespace

void register_clv(py::module_& m) {
  py::class_<clv::BgNbd> bgnbd{m, "BgNbd"};
  bgnbd.def(py::init([](double r, double alpha, double a, double b, bool after_any) {
              return made<clv::BgNbd>(r, alpha, a, b,
                                      after_any ? clv::Dropout::after_any : clv::Dropout::after_repeats);
            }),
            py::arg("r"), py::arg("alpha"), py::arg("a"), py::arg("b"), py::arg("after_any"));
  def_probabilities(bgnbd);
  def(bgnbd, "probability_alive", &probability_alive<clv::BgNbd>, "frequency", "recency", "age");
  def(bgnbd, "expected_purchases", &bgnbd_expected, "t", "frequency", "recency", "age");
  def(bgnbd, "expected_purchases_new", &bgnbd_expected_new, "t");

  py::class_<clv::ParetoNbd> pareto{m, "ParetoNbd"};
  pareto.def(py::init(&made<clv::ParetoNbd, double, double, double, double>), py::arg("r"), py::arg("alpha"),
             py::arg("s"), py::arg("beta"));
  def_probabilities(pareto);
  def(pareto, "probability_alive", &probability_alive<clv::ParetoNbd>, "frequency", "recency", "age");
  def_expectations(pareto);

  py::class_<clv::BgBb> bgbb{m, "BgBb"};
  bgbb.def(py::init(&made<clv::BgBb, double, double, double, double>), py::arg("alpha"), py::arg("beta"),
           py::arg("gamma"), py::arg("delta"));
  def_probabilities(bgbb);
  def(
      bgbb, "probability_alive",
      [](const clv::BgBb& self, const Column& ahead, const Column& x, const Column& t_x, const Column& age,
         int threads) {
        clv::Inputs in = customers<clv::BgBb>(x, t_x, age);
        in.time = values(ahead);
        return each(in, threads, [&](std::size_t i) {
          return self.probability_alive((*in.time)[i], (*in.frequency)[i], (*in.recency)[i], (*in.age)[i]);
        });
      },
      "ahead", "frequency", "recency", "age");
  def_expectations(bgbb);

  register_spend(m);
  register_contractual(m);
}

}  // namespace customerhealth::bindings
