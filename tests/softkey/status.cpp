#include "softkey/status.hpp"

namespace halligan::softkey {

std::string_view name(Status status) {
  switch (status) {
    case Status::kOk:
      return "OK";
    case Status::kInvalidCommand:
      return "INVALID_COMMAND";
    case Status::kInvalidParameter:
      return "INVALID_PARAMETER";
    case Status::kInvalidLength:
      return "INVALID_LENGTH";
    case Status::kCborUnexpectedType:
      return "CBOR_UNEXPECTED_TYPE";
    case Status::kInvalidCbor:
      return "INVALID_CBOR";
    case Status::kMissingParameter:
      return "MISSING_PARAMETER";
    case Status::kLimitExceeded:
      return "LIMIT_EXCEEDED";
    case Status::kCredentialExcluded:
      return "CREDENTIAL_EXCLUDED";
    case Status::kUnsupportedAlgorithm:
      return "UNSUPPORTED_ALGORITHM";
    case Status::kOperationDenied:
      return "OPERATION_DENIED";
    case Status::kKeyStoreFull:
      return "KEY_STORE_FULL";
    case Status::kUnsupportedOption:
      return "UNSUPPORTED_OPTION";
    case Status::kInvalidOption:
      return "INVALID_OPTION";
    case Status::kKeepaliveCancel:
      return "KEEPALIVE_CANCEL";
    case Status::kNoCredentials:
      return "NO_CREDENTIALS";
    case Status::kUserActionTimeout:
      return "USER_ACTION_TIMEOUT";
    case Status::kNotAllowed:
      return "NOT_ALLOWED";
    case Status::kPinInvalid:
      return "PIN_INVALID";
    case Status::kPinBlocked:
      return "PIN_BLOCKED";
    case Status::kPinAuthInvalid:
      return "PIN_AUTH_INVALID";
    case Status::kPinAuthBlocked:
      return "PIN_AUTH_BLOCKED";
    case Status::kPinNotSet:
      return "PIN_NOT_SET";
    case Status::kPuatRequired:
      return "PUAT_REQUIRED";
    case Status::kPinPolicyViolation:
      return "PIN_POLICY_VIOLATION";
    case Status::kRequestTooLarge:
      return "REQUEST_TOO_LARGE";
    case Status::kUvBlocked:
      return "UV_BLOCKED";
    case Status::kInvalidSubcommand:
      return "INVALID_SUBCOMMAND";
    case Status::kUvInvalid:
      return "UV_INVALID";
    case Status::kUnauthorizedPermission:
      return "UNAUTHORIZED_PERMISSION";
    case Status::kOther:
      return "OTHER";
  }
  return "?";
}

}  // namespace halligan::softkey
