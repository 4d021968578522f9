// What request, co-sign and sign --request share.
#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "ca/token_signer.hpp"
#include "ca/voice_code.hpp"
#include "cli/describe.hpp"
#include "cli/request_command.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"

namespace halligan::cli {

Result<ssh::SignedRequest> receive_request(const std::string& file, const std::string& max_age,
                                           const std::optional<std::string>& code) {
  auto seconds = ssh::parse_duration(max_age);
  if (!seconds) return fail(std::move(seconds).error().in("--max-age"));
  std::optional<std::string> heard;
  if (code) {
    HALLIGAN_TRY(heard, ca::parse_voice_code(*code));
  }
  HALLIGAN_TRY(const Bytes text, io::read_file(file == "-" ? "/dev/stdin" : file, ssh::kMaxRequestText));
  auto request = ssh::parse_request_text(as_text(text));
  if (!request) return fail(std::move(request).error().in(file));
  HALLIGAN_CHECK(crypto::check_public_key(request->request.key));
  HALLIGAN_CHECK(ca::verify_request(*request, io::unix_seconds(), *seconds));
  const std::string own = ca::voice_code(*request);
  if (heard && *heard != own) {
    return fail(Code::kNo,
                "the code is " + own + ", not " + *heard + ": this is not the request that was read out",
                "ask for the code again; if it still differs, somebody has exchanged the request");
  }
  return *std::move(request);
}

void show_request(const ssh::SignedRequest& request, const std::vector<ca::CoSigner>& co_signers) {
  const ssh::Request& asked = request.request;
  const auto row = [](std::string_view name, std::string_view value) {
    say(fmt::format("{:<12}{}", name, value));
  };
  row("Reason", printable(asked.reason));
  row("Accounts", joined(asked.principals));
  if (!asked.hosts.empty()) row("Hosts", joined(asked.hosts));
  row("Key", fmt::format("{} {}", asked.key.label(), crypto::fingerprint(asked.key)));
  if (asked.key.is_sk()) row("On token", printable(asked.key.application()));
  row("From", io::format_local(asked.validity.after));
  row("To", io::format_local(asked.validity.before));
  row("Made", io::format_local(asked.time));
  for (const auto& signer : co_signers) {
    row("Co-signed", fmt::format("{} {}", printable(signer.person), crypto::fingerprint(signer.key)));
  }
  row("Code", ca::voice_code(request));
}

Result<OwnKey> open_own_key(const OwnKeyOptions& key, const TokenOptions& token, const std::string& purpose) {
  if (key.file.empty() == key.agent.empty()) {
    return fail(Code::kUsage, "give one key, with --key FILE or with --agent-key NAME");
  }
  OwnKey out;
  if (!key.agent.empty()) {
    HALLIGAN_TRY(out.signer, ca::AgentSigner::find(io::agent_socket(), key.agent));
    return out;
  }
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(key.file));
  auto file = ssh::parse_key_file(as_text(text.view()));
  if (!file) return fail(std::move(file).error().in(key.file));
  if (auto* handle = std::get_if<ssh::SkHandle>(&file->key); handle != nullptr) {
    HALLIGAN_TRY(out.desk, Desk::open(token, purpose));
    out.signer = std::make_unique<ca::TokenSigner>(std::move(*handle), out.desk->session());
    return out;
  }
  auto& pair = std::get<ssh::PrivateKey>(file->key);
  auto checked = crypto::check_key_pair(pair);
  if (!checked) return fail(std::move(checked).error().in(key.file));
  out.signer = std::make_unique<ca::SoftwareSigner>(std::move(pair));
  return out;
}

}  // namespace halligan::cli
