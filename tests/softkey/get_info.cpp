// authenticatorGetInfo. @source CTAP 2.1, section 6.4
#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {
constexpr int kFirmwareVersion = 1;
}  // namespace

Cbor Authenticator::info_options() const {
  const bool modern = settings_.ctap == CtapVersion::k21;
  const Misbehaviour& how = settings_.misbehaviour;
  MapBuilder options;
  options.add("rk", true).add("up", true).add("plat", false).add("clientPin", state_.has_pin());
  if (settings_.built_in_uv) options.add("uv", true);
  if (permitted(Command::kCredentialManagement) && !how.unannounced) options.add("credMgmt", true);
  if (!how.cred_mgmt_only_0a && !how.unannounced) options.add("credentialMgmtPreview", true);
  if (modern) options.add("pinUvAuthToken", true);
  if (always_uv()) options.add("alwaysUv", true);
  if (modern && !always_uv()) options.add("makeCredUvNotRqd", true);
  return options.build();
}

Cbor Authenticator::get_info() const {
  const bool modern = settings_.ctap == CtapVersion::k21;
  std::vector<Cbor> versions{"FIDO_2_0", "FIDO_2_1_PRE"};
  if (settings_.speaks_u2f()) versions.insert(versions.begin(), "U2F_V2");
  if (modern) versions.emplace_back("FIDO_2_1");
  std::vector<Cbor> protocols{1};
  if (modern) protocols.insert(protocols.begin(), 2);

  MapBuilder info;
  info.add(1, Cbor::array(versions));
  std::vector<Cbor> extensions;
  if (!settings_.misbehaviour.no_cred_protect) extensions.emplace_back("credProtect");
  if (modern) extensions.emplace_back("hmac-secret");
  if (!extensions.empty()) info.add(2, Cbor::array(extensions));
  info.add(3, ByteView(kAaguid))
      .add(4, info_options())
      .add(5, std::int64_t{kMaxMessageSize})
      .add(6, Cbor::array(protocols));
  if (!modern) return info.build();

  const auto algorithm = [](Algorithm which) {
    return MapBuilder().add("alg", static_cast<int>(which)).add("type", "public-key").build();
  };
  const std::size_t used = std::min(state_.residents.size(), settings_.resident_limit);
  info.add(7, std::int64_t{kMaxCredentialsInList})
      .add(8, std::int64_t{kMaxCredentialIdLength})
      .add(9, Cbor::array({Cbor(settings_.transport)}))
      .add(0x0a, Cbor::array({algorithm(Algorithm::kEs256), algorithm(Algorithm::kEdDsa)}))
      .add(0x0c, must_change_pin())
      .add(0x0d, settings_.min_pin_length)
      .add(0x0e, kFirmwareVersion)
      .add(0x14, static_cast<std::int64_t>(settings_.resident_limit - used));
  if (settings_.built_in_uv) info.add(0x11, 3).add(0x12, 2);  // three attempts; modality: fingerprint
  return info.build();
}

}  // namespace halligan::softkey
