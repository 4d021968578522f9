// What request, co-sign and sign --request share.
#include <unistd.h>
#include <chrono>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/pem.hpp"
#include "crypto/public_key.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/terminal.hpp"
#include "request/command.hpp"
#include "request/voice_code.hpp"
#include "ssh/key_file.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::request {
namespace {

constexpr std::chrono::milliseconds kPasteQuiet{200};

// Pasted at a terminal, a request ends with its END line, without Ctrl-D.
Result<Bytes> read_pasted(io::InputFile& input) {
  say("paste the request, including its END line");
  Bytes text;
  while (as_text(text).find(kRequestEnd) == std::string_view::npos) {
    const std::size_t before = text.size();
    if (before > kMaxRequestText) return fail(Code::kBadInput, "too large for a request");
    text.resize(before + 4096);
    HALLIGAN_TRY(const std::size_t got, input.read({text.data() + before, text.size() - before}));
    text.resize(before + got);
    if (got == 0) return text;
  }
  // Text pasted after it must not answer the next question.
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

// The agent decrypts it: a copy without the passphrase would be a weaker key.
Failure encrypted(const std::string& file, const ssh::PublicKey& key) {
  return fail(Code::kUnsupported, printable(file) + ": the key is encrypted with a passphrase",
              "let ssh-agent use it: ssh-add " + shell_word(file) + ", then --agent-key " +
                  crypto::fingerprint(key) + " instead of --key");
}

}  // namespace

Result<SignedRequest> receive_request(const std::string& file, const std::string& max_age,
                                      const std::optional<std::string>& code) {
  HALLIGAN_TRY(const std::uint64_t seconds, ssh::parse_duration(max_age).in("--max-age"));
  std::optional<std::string> heard;
  if (code) {
    HALLIGAN_TRY(heard, parse_voice_code(*code));
  }
  HALLIGAN_TRY(const Bytes text, read_request(file));
  HALLIGAN_TRY(auto request, parse_request_text(as_text(text)).in(file == "-" ? "standard input" : file));
  HALLIGAN_CHECK(crypto::check_public_key(request.request.key));
  HALLIGAN_CHECK(verify_request(request, io::unix_seconds(), seconds));
  const std::string code_here = voice_code(request);
  if (heard && *heard != code_here) {
    return fail(
        Code::kNo,
        "the code is " + code_here + ", not " + *heard + ": this is not the request that was read out",
        "ask for the code again; if it still differs, the request was replaced on its way");
  }
  return request;
}

void show_request(const SignedRequest& request) {
  const Request& asked = request.request;
  std::string text = "Requested:\n";
  const auto row = [&text](std::string_view name, std::string_view value) {
    text += "  " + ui::text_row(name, value);
  };
  row("Key ID", printable(asked.reason));
  row("Principals", ui::joined(asked.principals));
  if (!asked.hosts.empty()) row("Hosts", ui::joined(asked.hosts));
  row("Key", ui::key_words(asked.key));
  if (asked.key.is_sk()) row("On token", printable(asked.key.application()));
  row("Validity", "from " + ui::moment_words(asked.validity.after));
  row("", "to   " + ui::moment_words(asked.validity.before));
  row("Made", ui::moment_words(asked.time));
  row("Code", voice_code(request));
  ui::tell(text);
}

Result<OwnKey> open_own_key(const OwnKeyOptions& key, const ca::TokenOptions& token,
                            const std::string& purpose) {
  if (key.file.empty() == key.agent.empty()) {
    return fail(Code::kUsage, "give one key: --key FILE or --agent-key NAME");
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
  HALLIGAN_TRY(auto any, crypto::parse_any_key_file(as_text(text.view())).in(key.file));
  if (const auto* locked = std::get_if<ssh::EncryptedKey>(&any)) return encrypted(key.file, locked->key);
  if (auto* handle = std::get_if<ssh::SkHandle>(&any)) {
    HALLIGAN_TRY(out.access, ca::TokenAccess::open(token, purpose));
    out.signer = std::make_unique<ca::TokenSigner>(std::move(*handle), out.access->session());
    return out;
  }
  auto& pair = std::get<ssh::PrivateKey>(any);
  HALLIGAN_CHECK(crypto::check_key_pair(pair).in(key.file));
  out.signer = std::make_unique<ca::SoftwareSigner>(std::move(pair));
  return out;
}

}  // namespace halligan::request
