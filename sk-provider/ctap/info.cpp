#include "ctap/info.hpp"

#include "ctap/cbor.hpp"

namespace halligan::ctap {
namespace {

constexpr int kOptions = 0x04;
constexpr int kPinProtocols = 0x06;
constexpr int kForcePinChange = 0x0c;
constexpr int kMinPinLength = 0x0d;

}  // namespace

std::optional<Info> Info::parse(ByteView encoded) {
  const auto value = Value::parse(encoded);
  if (!value) return std::nullopt;
  Info info;
  if (const auto options = value->find(kOptions)) {
    for (const auto& [name, set] : options->text_pairs()) {
      if (const auto known = set.boolean()) info.options[name] = *known;
    }
  }
  if (const auto protocols = value->find(kPinProtocols)) {
    for (const Value& protocol : protocols->items()) {
      const auto version = protocol.integer().value_or(0);
      if (version == 1 || version == 2) info.pin_protocols.push_back(static_cast<int>(version));
    }
  } else {
    info.pin_protocols.push_back(1);
  }
  if (const auto forced = value->find(kForcePinChange))
    info.new_pin_wanted = forced->boolean().value_or(false);
  if (const auto least = value->find(kMinPinLength)) info.least_pin = least->integer().value_or(0);
  return info;
}

}  // namespace halligan::ctap
