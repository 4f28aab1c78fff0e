#pragma once

#include <string>

#include "customerhealth/expression/expression.hpp"

namespace customerhealth::model {

struct Formula {
  expression::Expression expression;
  std::string path;  // where it stands in the document
};

}  // namespace customerhealth::model
