// Result<T>: a value or an Error, and the two macros that pass an Error on.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace halligan {

/// A value or an Error. Neither may be dropped.
template <typename T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  using Base::Base;
  Result() = default;

  /// With a context in front of the error, if it is one: "read KRL: section 2: …".
  Result in(std::string_view context) && {
    if (!*this) this->error() = std::move(this->error()).in(context);
    return std::move(*this);
  }
  /// With another next action, if it is an error of this code: only the caller knows which option helps.
  Result hint(Code code, std::string_view action) && {
    if (!*this && this->error().code == code) this->error().hint = action;
    return std::move(*this);
  }
  /// With another next action, whatever the error is.
  Result hint(std::string_view action) && {
    if (!*this) this->error().hint = action;
    return std::move(*this);
  }
};

using Failure = tl::unexpected<Error>;

/// An Error ready to be returned from any function that returns a Result.
[[nodiscard]] inline Failure fail(Code code, std::string message, std::string hint = {}) {
  return Failure(Error{code, std::move(message), std::move(hint)});
}
[[nodiscard]] inline Failure fail(Error error) { return Failure(std::move(error)); }
[[nodiscard]] inline Failure fail(Error error, std::string hint) {
  error.hint = std::move(hint);
  return Failure(std::move(error));
}

}  // namespace halligan

#define HALLIGAN_CONCAT_(a, b) a##b
#define HALLIGAN_CONCAT(a, b) HALLIGAN_CONCAT_(a, b)

// A context follows the expression: HALLIGAN_TRY(auto age, parse_duration(text).in("--max-age")).

/// HALLIGAN_CHECK(expr): return the error of `expr`, a Result<>, if it has one.
#define HALLIGAN_CHECK(...)                                                                             \
  do {                                                                                                  \
    if (auto checked_ = (__VA_ARGS__); !checked_) return ::halligan::fail(std::move(checked_).error()); \
  } while (false)

/// HALLIGAN_TRY(auto x, expr): bind the value of `expr`, a Result<T>, or return its error.
#define HALLIGAN_TRY(declaration, ...) \
  HALLIGAN_TRY_(HALLIGAN_CONCAT(tried_, __COUNTER__), declaration, __VA_ARGS__)
#define HALLIGAN_TRY_(name, declaration, ...)                  \
  auto name = (__VA_ARGS__);                                   \
  if (!name) return ::halligan::fail(std::move(name).error()); \
  declaration = *std::move(name)
