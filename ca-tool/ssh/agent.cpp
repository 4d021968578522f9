#include "ssh/agent.hpp"

#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

// draft-miller-ssh-agent, section 5.1 and 5.3.
constexpr std::uint8_t kAgentFailure = 5;
constexpr std::uint8_t kListRequest = 11;
constexpr std::uint8_t kListAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignAnswer = 14;
constexpr std::uint32_t kRsaSha512 = 4;
constexpr std::uint32_t kMaxAgentKeys = 2048;

Result<> expect_answer(WireReader& reader, std::uint8_t wanted, Error refused) {
  HALLIGAN_TRY(const std::uint8_t type, reader.u8());
  if (type == kAgentFailure) return fail(std::move(refused));
  if (type != wanted) return fail(Code::kBadInput, "ssh-agent: answer of type " + std::to_string(type));
  return {};
}

}  // namespace

Bytes agent_frame(ByteView message) {
  WireWriter writer;
  writer.string(message);
  return std::move(writer).take();
}

Bytes agent_list_request() { return {kListRequest}; }

Result<std::vector<AgentKey>> parse_agent_list(ByteView message) {
  WireReader reader(message);
  HALLIGAN_CHECK(
      expect_answer(reader, kListAnswer,
                    {Code::kUnreachable, "ssh-agent does not list its keys", "unlock it: ssh-add -X"}));
  HALLIGAN_TRY(const std::uint32_t count, reader.u32());
  if (count > kMaxAgentKeys) return fail(Code::kBadInput, "ssh-agent: " + std::to_string(count) + " keys");
  std::vector<AgentKey> keys;
  for (std::uint32_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(const ByteView blob, reader.string());
    HALLIGAN_TRY(const ByteView comment, reader.string());
    auto key = PublicKey::parse(blob);
    if (key) keys.push_back({*std::move(key), std::string(as_text(comment))});
  }
  HALLIGAN_CHECK(reader.done());
  return keys;
}

Bytes agent_sign_request(const PublicKey& key, ByteView data) {
  WireWriter writer;
  writer.u8(kSignRequest).string(key.blob()).string(data).u32(key.type() == KeyType::kRsa ? kRsaSha512 : 0);
  return std::move(writer).take();
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
