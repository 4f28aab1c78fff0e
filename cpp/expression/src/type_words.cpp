#include "type_words.hpp"

namespace customerhealth::expression {

std::string singular(Type type) {
  switch (type) {
    case Type::number:
      return "a number";
    case Type::boolean:
      return "a boolean";
    case Type::text:
      return "a text";
    case Type::instant:
      return "an instant";
    case Type::any:
      break;
  }
  return "missing";
}

std::string plural(Type type) {
  switch (type) {
    case Type::number:
      return "numbers";
    case Type::boolean:
      return "booleans";
    case Type::text:
      return "texts";
    case Type::instant:
      return "instants";
    case Type::any:
      break;
  }
  return "anything";
}

std::string wrong_operands(char operation, Type left, Type right) {
  const std::string start = std::string{"`"} + operation + "` takes numbers";
  const std::string got = ", not " + singular(left) + " and " + singular(right);
  if (operation == '+') return start + ", or an instant and a number of days" + got;
  if (operation == '-') return start + ", two instants, or an instant and a number of days" + got;
  return start + got;
}

std::string wrong_result(Type wanted, Type got) {
  std::string message = "this formula gives " + singular(got) + ", and " + singular(wanted) + " is wanted here";
  if (wanted == Type::boolean && got == Type::number) message += " (compare it, as in `x > 0`)";
  if (wanted == Type::number && got == Type::boolean) message += " (write if(condition, 1, 0))";
  return message;
}

}  // namespace customerhealth::expression
