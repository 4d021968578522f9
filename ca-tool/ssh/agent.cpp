#include "ssh/agent.hpp"

#include <algorithm>

#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

// draft-miller-ssh-agent, sections 5.1 to 5.3.
constexpr std::uint8_t kAgentFailure = 5;
constexpr std::uint8_t kAgentSuccess = 6;
constexpr std::uint8_t kListRequest = 11;
constexpr std::uint8_t kListAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignAnswer = 14;
constexpr std::uint8_t kRemoveRequest = 18;
constexpr std::uint8_t kAddConstrainedRequest = 25;
constexpr std::uint8_t kExtensionRequest = 27;
constexpr std::uint8_t kConstrainLifetime = 1;
constexpr std::uint8_t kConstrainConfirm = 2;
constexpr std::uint8_t kConstrainExtension = 255;
constexpr std::string_view kBindExtension = "session-bind@openssh.com";
constexpr std::string_view kProviderExtension = "sk-provider@openssh.com";  // OpenSSH's PROTOCOL.agent, 1
constexpr std::uint32_t kRsaSha256 = 2;
constexpr std::uint32_t kRsaSha512 = 4;
constexpr std::uint32_t kMaxAgentKeys = 2048;

Result<> expect_answer(WireReader& reader, std::uint8_t wanted, Error refused) {
  HALLIGAN_TRY(const std::uint8_t type, reader.u8());
  if (type == kAgentFailure) return fail(std::move(refused));
  if (type != wanted)
    return fail(Code::kBadInput, "ssh-agent: unexpected response type " + std::to_string(type));
  return {};
}

}  // namespace

Bytes agent_frame(ByteView message) { return WireWriter().string(message).take(); }

Bytes agent_list_request() { return {kListRequest}; }

Result<std::vector<AgentEntry>> parse_agent_entries(ByteView message) {
  WireReader reader(message);
  HALLIGAN_CHECK(
      expect_answer(reader, kListAnswer,
                    {Code::kUnreachable, "ssh-agent refused to list its keys", "unlock it: ssh-add -X"}));
  HALLIGAN_TRY(const std::uint32_t count, reader.u32());
  if (count > kMaxAgentKeys) return fail(Code::kBadInput, "ssh-agent: " + std::to_string(count) + " keys");
  std::vector<AgentEntry> entries;
  for (std::uint32_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(const ByteView blob, reader.string());
    HALLIGAN_TRY(const ByteView comment, reader.string());
    entries.push_back({to_bytes(blob), std::string(as_text(comment))});
  }
  HALLIGAN_CHECK(reader.done());
  return entries;
}

Result<std::vector<AgentKey>> parse_agent_list(ByteView message) {
  HALLIGAN_TRY(auto entries, parse_agent_entries(message));
  std::vector<AgentKey> keys;
  for (AgentEntry& each : entries) {
    if (auto key = PublicKey::parse(each.blob)) keys.push_back({*std::move(key), std::move(each.comment)});
  }
  return keys;
}

Result<bool> agent_lists(ByteView message, ByteView blob) {
  HALLIGAN_TRY(const auto entries, parse_agent_entries(message));
  return std::any_of(entries.begin(), entries.end(),
                     [&](const AgentEntry& each) { return same(each.blob, blob); });
}

Result<KeyText> agent_add_frame(const PrivateKey& key, const Certificate& certificate,
                                std::string_view comment, const AgentConstraints& constraints) {
  if (constraints.lifetime == 0) return fail(Code::kBadInput, "a key for the ssh-agent without a lifetime");
  if (key.key.is_sk()) return fail(Code::kBadInput, "the key of a token is not a software key");
  KeyText message;
  SecretWriter inner(message);
  inner.u8(kAddConstrainedRequest).text(certificate_name(key.key.type())).string(encode(certificate));
  write_private_half(inner, key);
  inner.text(comment).u8(kConstrainLifetime).u32(constraints.lifetime);
  if (constraints.confirm) inner.u8(kConstrainConfirm);
  KeyText frame;
  SecretWriter outer(frame);
  outer.string(message.view());
  if (!inner.fits() || !outer.fits()) {
    return fail(Code::kBadInput, "key and certificate are too large for the ssh-agent");
  }
  return frame;
}

Bytes agent_add_handle_frame(const SkHandle& handle, std::string_view comment, std::string_view provider,
                             std::optional<std::uint32_t> lifetime) {
  WireWriter message;
  message.u8(kAddConstrainedRequest).raw(handle_fields(handle)).text(comment);
  message.u8(kConstrainExtension).text(kProviderExtension).text(provider);
  if (lifetime) message.u8(kConstrainLifetime).u32(*lifetime);
  return agent_frame(message.bytes());
}

Bytes agent_remove_request(ByteView blob) { return WireWriter().u8(kRemoveRequest).string(blob).take(); }

Result<> parse_agent_success(ByteView message) {
  WireReader reader(message);
  HALLIGAN_CHECK(expect_answer(reader, kAgentSuccess, {Code::kUnreachable, "ssh-agent refused", {}}));
  return reader.done();
}

Bytes agent_bind_request(const PublicKey& host, ByteView session, const Signature& signature) {
  constexpr std::uint8_t kNotForwarded = 0;
  return WireWriter()
      .u8(kExtensionRequest)
      .text(kBindExtension)
      .string(host.blob())
      .string(session)
      .string(encode(signature))
      .u8(kNotForwarded)
      .take();
}

Bytes agent_sign_request(const PublicKey& key, ByteView data, SignatureAlgorithm algorithm) {
  const std::uint32_t flags = algorithm == SignatureAlgorithm::kRsaSha256   ? kRsaSha256
                              : algorithm == SignatureAlgorithm::kRsaSha512 ? kRsaSha512
                                                                            : 0;
  return WireWriter().u8(kSignRequest).string(key.blob()).string(data).u32(flags).take();
}

Result<Signature> parse_agent_signature(ByteView message) {
  WireReader reader(message);
  HALLIGAN_CHECK(expect_answer(reader, kSignAnswer,
                               {Code::kNeedsPerson, "ssh-agent refused to sign",
                                "confirm it, touch the token, or unlock the agent with ssh-add -X"}));
  HALLIGAN_TRY(const ByteView blob, reader.string());
  HALLIGAN_CHECK(reader.done());
  return parse_signature(blob);
}

}  // namespace halligan::ssh
