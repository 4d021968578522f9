// CTAP status codes, and the two macros that pass one on.
#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace halligan::softkey {

/// One byte in front of every CTAP answer. @source CTAP 2.1, section 8.2
enum class Status : std::uint8_t {
  kOk = 0x00,
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kCborUnexpectedType = 0x11,
  kInvalidCbor = 0x12,
  kMissingParameter = 0x14,
  kLimitExceeded = 0x15,
  kCredentialExcluded = 0x19,
  kUnsupportedAlgorithm = 0x26,
  kOperationDenied = 0x27,
  kKeyStoreFull = 0x28,
  kUnsupportedOption = 0x2b,
  kInvalidOption = 0x2c,
  kKeepaliveCancel = 0x2d,
  kNoCredentials = 0x2e,
  kUserActionTimeout = 0x2f,
  kNotAllowed = 0x30,
  kPinInvalid = 0x31,
  kPinBlocked = 0x32,
  kPinAuthInvalid = 0x33,
  kPinAuthBlocked = 0x34,
  kPinNotSet = 0x35,
  kPuatRequired = 0x36,
  kPinPolicyViolation = 0x37,
  kRequestTooLarge = 0x39,
  kUvBlocked = 0x3c,
  kInvalidSubcommand = 0x3e,
  kUvInvalid = 0x3f,
  kUnauthorizedPermission = 0x40,
  kOther = 0x7f,
};

/// The specification's name without its CTAP2_ERR_ or CTAP1_ERR_ prefix: "PIN_INVALID".
std::string_view name(Status status);

template <typename T = void>
using Outcome = tl::expected<T, Status>;

inline tl::unexpected<Status> refuse(Status status) { return tl::unexpected<Status>(status); }

}  // namespace halligan::softkey

#define SOFTKEY_CONCAT_(a, b) a##b
#define SOFTKEY_CONCAT(a, b) SOFTKEY_CONCAT_(a, b)

/// SOFTKEY_CHECK(expr): return the status of `expr`, an Outcome<>, if it has one.
#define SOFTKEY_CHECK(...)                                                                              \
  do {                                                                                                  \
    if (auto checked_ = (__VA_ARGS__); !checked_) return ::halligan::softkey::refuse(checked_.error()); \
  } while (false)

/// SOFTKEY_TRY(auto x, expr): bind the value of `expr`, an Outcome<T>, or return its status.
#define SOFTKEY_TRY(declaration, ...) \
  SOFTKEY_TRY_(SOFTKEY_CONCAT(tried_, __COUNTER__), declaration, __VA_ARGS__)
#define SOFTKEY_TRY_(name, declaration, ...)                   \
  auto name = (__VA_ARGS__);                                   \
  if (!name) return ::halligan::softkey::refuse(name.error()); \
  declaration = *std::move(name)
