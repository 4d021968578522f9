// The answer to authenticatorGetInfo.
// @source CTAP 2.1, section 6.4
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// Texts are as the token sent them: show them with printable().
struct Info {
  std::vector<std::string> versions;  ///< "FIDO_2_0", …
  std::vector<std::string> extensions;
  std::vector<std::string> transports;
  Bytes aaguid;                                       ///< 16 bytes that name the model; empty if not reported
  std::vector<std::pair<std::string, bool>> options;  ///< in the token's order
  std::vector<int> pin_protocols;        ///< in the token's order of preference; version 1 if it reports none
  std::vector<std::int64_t> algorithms;  ///< COSE numbers; empty if not reported
  std::uint64_t min_pin_length = 4;      ///< code points
  bool force_pin_change = false;         ///< the correct PIN is rejected, too, until it is changed
  std::optional<std::uint64_t> firmware;                  ///< the maker's numbering
  std::optional<std::uint64_t> remaining_credentials;     ///< resident keys that still fit, as an estimate
  std::uint64_t max_message_size = 0;                     ///< bytes
  std::optional<std::uint64_t> max_credentials_in_list;   ///< in one request
  std::optional<std::uint64_t> max_credential_id_length;  ///< bytes

  /// Nothing if the answer is not CBOR. Members of an unexpected type count as not reported.
  static std::optional<Info> parse(ByteView encoded);

  /// Nothing if the token does not have the option at all.
  std::optional<bool> option(std::string_view name) const;
  bool has(std::string_view name) const { return option(name) == true; }
};

}  // namespace halligan::ctap
