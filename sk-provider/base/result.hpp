// Result<T>: a value or an Error, and the two macros that pass an Error on.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace halligan {

template <typename T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

/// An Error ready to be returned from any function that returns a Result.
inline Failure fail(Code code, std::string message, std::string hint = {}) {
  return Failure(Error{code, std::move(message), std::move(hint)});
}
inline Failure fail(Error error) { return Failure(std::move(error)); }

}  // namespace halligan

#define HALLIGAN_CONCAT_(a, b) a##b
#define HALLIGAN_CONCAT(a, b) HALLIGAN_CONCAT_(a, b)

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
