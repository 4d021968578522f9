#include "ctap/info.hpp"

#include <algorithm>

#include "ctap/cbor.hpp"

namespace halligan::ctap {
namespace {

enum Member : int {
  kVersions = 0x01,
  kExtensions = 0x02,
  kAaguid = 0x03,
  kOptions = 0x04,
  kMaxMessageSize = 0x05,
  kPinProtocols = 0x06,
  kMaxCredentialCount = 0x07,
  kMaxCredentialIdLength = 0x08,
  kTransports = 0x09,
  kAlgorithms = 0x0a,
  kForcePinChange = 0x0c,
  kMinPinLength = 0x0d,
  kFirmware = 0x0e,
  kRemainingCredentials = 0x14,
};

constexpr std::size_t kAaguidSize = 16;
constexpr std::uint64_t kDefaultMessageSize = 1024;

std::vector<Value> items(const std::optional<Value>& list) {
  return list ? list->items() : std::vector<Value>();
}

std::vector<std::string> texts(const std::optional<Value>& list) {
  std::vector<std::string> copies;
  for (const Value& item : items(list)) {
    if (auto text = item.text()) copies.push_back(*std::move(text));
  }
  return copies;
}

// No number of this map is negative.
std::optional<std::uint64_t> number(const std::optional<Value>& value) {
  const auto integer = value ? value->integer() : std::nullopt;
  return integer && *integer >= 0 ? std::optional(static_cast<std::uint64_t>(*integer)) : std::nullopt;
}

}  // namespace

std::optional<Info> Info::parse(ByteView encoded) {
  const auto value = Value::parse(encoded);
  if (!value) return std::nullopt;
  Info info;
  info.versions = texts(value->find(kVersions));
  info.extensions = texts(value->find(kExtensions));
  info.transports = texts(value->find(kTransports));
  const auto aaguid = value->find(kAaguid);
  info.aaguid = aaguid ? aaguid->bytes().value_or(Bytes()) : Bytes();
  if (info.aaguid.size() != kAaguidSize) info.aaguid.clear();
  if (const auto options = value->find(kOptions)) {
    for (const auto& [name, set] : options->text_pairs()) {
      if (const auto known = set.boolean()) info.options.emplace_back(name, *known);
    }
  }
  const auto protocols = value->find(kPinProtocols);
  if (!protocols) info.pin_protocols.push_back(1);
  for (const Value& protocol : items(protocols)) {
    const auto version = protocol.integer().value_or(0);
    if (version == 1 || version == 2) info.pin_protocols.push_back(static_cast<int>(version));
  }
  for (const Value& item : items(value->find(kAlgorithms))) {
    const auto algorithm = item.find("alg");
    if (const auto cose = algorithm ? algorithm->integer() : std::nullopt) info.algorithms.push_back(*cose);
  }
  info.min_pin_length = std::max(info.min_pin_length, number(value->find(kMinPinLength)).value_or(0));
  const auto change = value->find(kForcePinChange);
  info.force_pin_change = change && change->boolean() == true;
  info.firmware = number(value->find(kFirmware));
  info.remaining_credentials = number(value->find(kRemainingCredentials));
  info.max_message_size = number(value->find(kMaxMessageSize)).value_or(kDefaultMessageSize);
  info.max_credentials_in_list = number(value->find(kMaxCredentialCount));
  info.max_credential_id_length = number(value->find(kMaxCredentialIdLength));
  return info;
}

std::optional<bool> Info::option(std::string_view name) const {
  for (const auto& [known, set] : options) {
    if (known == name) return set;
  }
  return std::nullopt;
}

}  // namespace halligan::ctap
