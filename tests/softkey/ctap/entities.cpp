#include "softkey/ctap/entities.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halligan::softkey {
namespace {
constexpr std::size_t kMaxUserId = 64;  // WebAuthn, section 5.4.3
constexpr std::int64_t kAlgEcdhEsHkdf256 = -25;
}  // namespace

std::string command_name(std::uint8_t command) {
  switch (static_cast<Command>(command)) {
    case Command::kMakeCredential:
      return "makeCredential";
    case Command::kGetAssertion:
      return "getAssertion";
    case Command::kGetInfo:
      return "getInfo";
    case Command::kClientPin:
      return "clientPIN";
    case Command::kReset:
      return "reset";
    case Command::kGetNextAssertion:
      return "getNextAssertion";
    case Command::kCredentialManagement:
      return "credentialManagement";
    case Command::kSelection:
      return "selection";
    case Command::kCredentialManagementPreview:
      return "credentialManagementPreview";
  }
  return fmt::format("0x{:02x}", command);
}

Outcome<User> parse_user(const CborMap& map) {
  User user;
  SOFTKEY_TRY(user.id, map.need<Bytes>("id"));
  if (user.id.size() > kMaxUserId) return refuse(Status::kInvalidParameter);
  SOFTKEY_TRY(user.name, map.maybe<std::string>("name"));
  SOFTKEY_TRY(user.display_name, map.maybe<std::string>("displayName"));
  return user;
}

Cbor encode_user(const User& user, bool full) {
  MapBuilder map;
  map.add("id", user.id);
  if (full) map.add("name", user.name).add("displayName", user.display_name);
  return map.build();
}

Cbor encode_descriptor(ByteView credential_id) {
  return MapBuilder().add("id", credential_id).add("type", "public-key").build();
}

Outcome<Bytes> parse_descriptor(const CborMap& map) {
  SOFTKEY_TRY(auto id, map.need<Bytes>("id"));
  SOFTKEY_TRY(const auto type, map.need<std::string>("type"));
  if (type != "public-key") return Bytes();  // no credential has an empty id
  return id;
}

Outcome<std::vector<Bytes>> parse_descriptors(const std::vector<Cbor>& items) {
  std::vector<Bytes> ids;
  for (const Cbor& item : items) {
    SOFTKEY_TRY(const auto map, item.as<CborMap>());
    SOFTKEY_TRY(auto id, parse_descriptor(map));
    if (!id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

Cbor encode_agreement_key(const Point& point) {
  return MapBuilder()
      .add(1, 2)
      .add(3, kAlgEcdhEsHkdf256)
      .add(-1, 1)
      .add(-2, ByteView(point.x))
      .add(-3, ByteView(point.y))
      .build();
}

Outcome<Point> parse_agreement_key(const CborMap& map) {
  SOFTKEY_TRY(const auto type, map.need<std::int64_t>(1));
  SOFTKEY_TRY(const auto algorithm, map.need<std::int64_t>(3));
  SOFTKEY_TRY(const auto curve, map.need<std::int64_t>(-1));
  SOFTKEY_TRY(const auto x, map.need<Bytes>(-2));
  SOFTKEY_TRY(const auto y, map.need<Bytes>(-3));
  Point point{};
  if (type != 2 || algorithm != kAlgEcdhEsHkdf256 || curve != 1 || x.size() != point.x.size() ||
      y.size() != point.y.size())
    return refuse(Status::kInvalidParameter);
  std::copy(x.begin(), x.end(), point.x.begin());
  std::copy(y.begin(), y.end(), point.y.begin());
  return point;
}

Cbor encode_public_key(const Credential& credential) {
  if (credential.algorithm == Algorithm::kEdDsa) {
    const Digest x = ed25519_public(credential.key);
    return MapBuilder().add(1, 1).add(3, -8).add(-1, 6).add(-2, ByteView(x)).build();
  }
  const Point point = p256_public(credential.key);
  return MapBuilder()
      .add(1, 2)
      .add(3, -7)
      .add(-1, 1)
      .add(-2, ByteView(point.x))
      .add(-3, ByteView(point.y))
      .build();
}

Outcome<Options> parse_options(const CborMap& map) {
  Options options;
  SOFTKEY_TRY(options.rk, map.maybe<bool>("rk"));
  SOFTKEY_TRY(options.up, map.maybe<bool>("up"));
  SOFTKEY_TRY(options.uv, map.maybe<bool>("uv"));
  return options;
}

std::optional<Cbor> encode_options(const Options& options) {
  MapBuilder map;
  map.add("rk", options.rk).add("up", options.up).add("uv", options.uv);
  if (map.empty()) return std::nullopt;
  return map.build();
}

Bytes encode_request(Command command, const Cbor& map) {
  Bytes request{static_cast<std::uint8_t>(command)};
  append(request, map.encode());
  return request;
}

}  // namespace halligan::softkey
