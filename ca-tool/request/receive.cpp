// What request, co-sign and sign --request share.
#include <fmt/format.h>
#include <unistd.h>
#include <chrono>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "ca/token_signer.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/terminal.hpp"
#include "request/command.hpp"
#include "request/voice_code.hpp"
#include "ssh/key_paths.hpp"
#include "ui/describe.hpp"

namespace halligan::request {
namespace {

constexpr std::chrono::milliseconds kPasteQuiet{200};

// Pasted at a terminal, it ends with its last line; nobody has to know of Ctrl-D.
Result<Bytes> read_pasted(io::InputFile& input) {
  say("paste the request; it ends with its END line");
  Bytes text;
  while (as_text(text).find(kRequestEnd) == std::string_view::npos) {
    const std::size_t before = text.size();
    if (before > kMaxRequestText) return fail(Code::kBadInput, "larger than any request");
    text.resize(before + 4096);
    HALLIGAN_TRY(const std::size_t got, input.read({text.data() + before, text.size() - before}));
    text.resize(before + got);
    if (got == 0) return text;
  }
  // What was pasted behind it is no answer to what is asked next.
  HALLIGAN_CHECK(input.forget_pending(kPasteQuiet));
  return text;
}

Result<Bytes> read_request(const std::string& file) {
  HALLIGAN_TRY(auto input, io::InputFile::open(file));
  if (file == "-" && io::is_terminal(STDIN_FILENO)) return read_pasted(input);
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kMaxRequestText));
  return text;
}

// Its secret half is for the agent alone: a copy without the passphrase would be a weaker key.
Failure encrypted(const std::string& file, const ssh::PublicKey& key) {
  return fail(Code::kUnsupported, printable(file) + ": the key is encrypted with a passphrase",
              "let the ssh-agent use it: ssh-add " + shell_word(file) + ", then --agent-key " +
                  crypto::fingerprint(key) + " instead of --key");
}

}  // namespace

Result<SignedRequest> receive_request(const std::string& file, const std::string& max_age,
                                      const std::optional<std::string>& code) {
  auto seconds = ssh::parse_duration(max_age);
  if (!seconds) return fail(std::move(seconds).error().in("--max-age"));
  std::optional<std::string> heard;
  if (code) {
    HALLIGAN_TRY(heard, parse_voice_code(*code));
  }
  HALLIGAN_TRY(const Bytes text, read_request(file));
  auto request = parse_request_text(as_text(text));
  if (!request) return fail(std::move(request).error().in(file == "-" ? "standard input" : file));
  HALLIGAN_CHECK(crypto::check_public_key(request->request.key));
  HALLIGAN_CHECK(verify_request(*request, io::unix_seconds(), *seconds));
  const std::string own = voice_code(*request);
  if (heard && *heard != own) {
    return fail(Code::kNo,
                "the code is " + own + ", not " + *heard + ": this is not the request that was read out",
                "ask for the code again; if it still differs, somebody has exchanged the request");
  }
  return *std::move(request);
}

void show_request(const SignedRequest& request, const std::vector<CoSigner>& co_signers) {
  const Request& asked = request.request;
  const auto row = [](std::string_view name, std::string_view value) {
    say(fmt::format("{:<12}{}", name, value));
  };
  row("Reason", printable(asked.reason));
  row("Accounts", ui::joined(asked.principals));
  if (!asked.hosts.empty()) row("Hosts", ui::joined(asked.hosts));
  row("Key", fmt::format("{} {}", asked.key.label(), crypto::fingerprint(asked.key)));
  if (asked.key.is_sk()) row("On token", printable(asked.key.application()));
  row("From", io::format_local(asked.validity.after));
  row("To", io::format_local(asked.validity.before));
  row("Made", io::format_local(asked.time));
  for (const auto& signer : co_signers) {
    row("Co-signed", fmt::format("{} {}", printable(signer.person), crypto::fingerprint(signer.key)));
  }
  row("Code", voice_code(request));
}

Result<OwnKey> open_own_key(const OwnKeyOptions& key, const ca::TokenOptions& token,
                            const std::string& purpose) {
  if (key.file.empty() == key.agent.empty()) {
    return fail(Code::kUsage, "give one key, with --key FILE or with --agent-key NAME");
  }
  OwnKey out;
  if (!key.agent.empty()) {
    HALLIGAN_TRY(out.signer, ca::AgentSigner::find(io::agent_socket(), key.agent));
    return out;
  }
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(key.file));
  if (const auto kind = ssh::public_kind(as_text(text.view())); !kind.empty()) {
    return fail(Code::kBadInput, printable(key.file) + " is " + std::string(kind),
                "name the key: --key " + shell_word(ssh::key_path(key.file)));
  }
  auto locked = ssh::parse_encrypted_key_file(as_text(text.view()));
  if (locked && *locked) return encrypted(key.file, **locked);
  auto file = ssh::parse_key_file(as_text(text.view()));
  if (!file) return fail(std::move(file).error().in(key.file));
  if (auto* handle = std::get_if<ssh::SkHandle>(&file->key); handle != nullptr) {
    HALLIGAN_TRY(out.access, ca::TokenAccess::open(token, purpose));
    out.signer = std::make_unique<ca::TokenSigner>(std::move(*handle), out.access->session());
    return out;
  }
  auto& pair = std::get<ssh::PrivateKey>(file->key);
  auto checked = crypto::check_key_pair(pair);
  if (!checked) return fail(std::move(checked).error().in(key.file));
  out.signer = std::make_unique<ca::SoftwareSigner>(std::move(pair));
  return out;
}

}  // namespace halligan::request
