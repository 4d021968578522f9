// halligan request and halligan co-sign
#include "request/command.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"
#include "request/voice_code.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::request {
namespace {

constexpr const char* kRequestHint = "choose another name with -o, or use that key with --key";

Result<> hand_out(const SignedRequest& request, const std::string& file, const ui::OutputOptions& output) {
  const std::string code = voice_code(request);
  if (output.json) {
    nlohmann::ordered_json json{{"request", format_request(request)}, {"code", code}};
    json["fingerprint"] = crypto::fingerprint(request.request.key);
    if (!file.empty()) json["key_file"] = printable(file);
    return ui::print(json.dump() + "\n");
  }
  HALLIGAN_CHECK(ui::print(format_request(request)));
  say("read this code out to whoever signs:");
  say("  " + code);
  return {};
}

}  // namespace

Result<int> request(const RequestOptions& options) {
  RequestSpec spec{options.principals, options.hosts, options.reason, {}};
  auto interval = ssh::parse_validity(options.validity, io::unix_seconds());
  if (!interval) return fail(std::move(interval).error().in("-V"));
  spec.validity = *interval;
  if (!options.key.file.empty() || !options.key.agent.empty()) {
    HALLIGAN_TRY(const OwnKey own,
                 open_own_key(options.key, options.token, "to prove that the key is yours"));
    HALLIGAN_TRY(const auto made, make_request(spec, *own.signer));
    HALLIGAN_CHECK(hand_out(made, options.key.file, options.output));
    return 0;
  }
  const auto existing = options.output.existing();
  auto checked = io::check_new_files(std::vector<std::string>{options.file, options.file + ".pub"}, existing);
  if (!checked) return fail(ui::hint_if_exists(std::move(checked).error(), kRequestHint));
  HALLIGAN_TRY(auto fresh, crypto::generate_key(ssh::KeyType::kEd25519));
  ca::SoftwareSigner key(std::move(fresh));
  HALLIGAN_TRY(const auto made, make_request(spec, key));
  // In this order: a request that nobody got must not leave a key behind, nor replace one.
  HALLIGAN_CHECK(hand_out(made, options.file, options.output));
  auto written = write_key_pair(options.file, key.key(), options.reason, existing);
  if (!written) {
    say("the request above is of no use: its key could not be kept");
    return fail(std::move(written).error());
  }
  say(fmt::format("the key stays here, in {}; put the certificate beside it as {}-cert.pub",
                  printable(options.file), printable(options.file)));
  return 0;
}

Result<int> co_sign(const CoSignOptions& options) {
  HALLIGAN_TRY(auto received, receive_request(options.request, options.max_age, options.code));
  HALLIGAN_TRY(const OwnKey own, open_own_key(options.key, options.token, "to co-sign the request"));
  show_request(received, {});
  if (!options.yes) HALLIGAN_CHECK(ui::ask_for_yes("Co-sign this request?", "co-sign"));
  HALLIGAN_CHECK(co_sign(received, *own.signer));
  HALLIGAN_CHECK(ui::print(format_request(received)));
  return 0;
}

}  // namespace halligan::request
