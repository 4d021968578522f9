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

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> copies;
  for (const Value& item : list.items()) {
    if (auto text = item.text()) copies.push_back(*std::move(text));
  }
  return copies;
}

}  // namespace

std::optional<Info> Info::parse(ByteView encoded) {
  const Value value = Value::parse(encoded);
  if (!value) return std::nullopt;
  Info info;
  info.versions = texts(value.find(kVersions));
  info.extensions = texts(value.find(kExtensions));
  info.transports = texts(value.find(kTransports));
  info.aaguid = value.find(kAaguid).bytes().value_or(Bytes());
  if (info.aaguid.size() != kAaguidSize) info.aaguid.clear();
  for (const auto& [name, set] : value.find(kOptions).text_pairs()) {
    if (const auto known = set.boolean()) info.options.emplace_back(name, *known);
  }
  const Value protocols = value.find(kPinProtocols);
  if (!protocols) info.pin_protocols.push_back(1);
  for (const Value& protocol : protocols.items()) {
    const auto version = protocol.integer().value_or(0);
    if (version == 1 || version == 2) info.pin_protocols.push_back(static_cast<int>(version));
  }
  for (const Value& item : value.find(kAlgorithms).items()) {
    if (const auto cose = item.find("alg").integer()) info.algorithms.push_back(*cose);
  }
  info.min_pin_length = std::max(info.min_pin_length, value.find(kMinPinLength).number().value_or(0));
  info.force_pin_change = value.find(kForcePinChange).boolean() == true;
  info.firmware = value.find(kFirmware).number();
  info.remaining_credentials = value.find(kRemainingCredentials).number();
  info.max_message_size = value.find(kMaxMessageSize).number().value_or(kDefaultMessageSize);
  info.max_credentials_in_list = value.find(kMaxCredentialCount).number();
  info.max_credential_id_length = value.find(kMaxCredentialIdLength).number();
  return info;
}

std::optional<bool> Info::option(std::string_view name) const {
  for (const auto& [known, set] : options) {
    if (known == name) return set;
  }
  return std::nullopt;
}

}  // namespace halligan::ctap
