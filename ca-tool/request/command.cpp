// halligan request and halligan co-sign
#include "request/command.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"
#include "request/voice_code.hpp"
#include "ui/confirm.hpp"
#include "ui/json.hpp"

namespace halligan::request {
namespace {

// @param key_file of the requester's key; empty if unknown
std::string report(const SignedRequest& request, std::string_view key_file, bool json) {
  if (!json) return format_request(request);
  ui::Json value{{"request", format_request(request)},
                 {"code", voice_code(request)},
                 {"fingerprint", crypto::fingerprint(request.request.key)}};
  if (!key_file.empty()) value["key_file"] = ui::json_text(key_file);
  return ui::json_line(value);
}

Result<> deliver(const SignedRequest& request, const std::string& key_file, bool json) {
  HALLIGAN_CHECK(ui::print(report(request, key_file, json)));
  if (json) return {};
  say("read this code to whoever signs:");
  say("  " + voice_code(request));
  return {};
}

Result<int> request_for_new_key(const RequestOptions& options, const RequestSpec& spec) {
  const auto existing = options.output.existing();
  HALLIGAN_CHECK(io::check_new_files(std::vector<std::string>{options.file, options.file + ".pub"}, existing)
                     .hint(Code::kExists, "choose another name with -o, or use that key with --key"));
  HALLIGAN_TRY(auto fresh, crypto::generate_key(ssh::KeyType::kEd25519));
  ca::SoftwareSigner key(std::move(fresh));
  HALLIGAN_TRY(const auto made, make_request(spec, key));
  // In this order: a request that was not delivered leaves no key, and replaces none.
  HALLIGAN_CHECK(deliver(made, options.file, options.output.json));
  HALLIGAN_CHECK(write_key_pair(options.file, key.key(), options.reason, existing)
                     .in("discard the request above: its key could not be written"));
  say(fmt::format("the private key is in {}; put the certificate next to it as {}-cert.pub",
                  printable(options.file), printable(options.file)));
  return 0;
}

}  // namespace

Result<int> run_request(const RequestOptions& options) {
  RequestSpec spec{options.principals, options.hosts, options.reason, {}};
  HALLIGAN_TRY(spec.validity, ssh::parse_validity(options.validity, io::unix_seconds()).in("-V"));
  if (options.key.file.empty() && options.key.agent.empty()) return request_for_new_key(options, spec);
  HALLIGAN_TRY(const OwnKey own, open_own_key(options.key, options.token, "to prove that the key is yours"));
  HALLIGAN_TRY(const auto made, make_request(spec, *own.signer));
  HALLIGAN_CHECK(deliver(made, options.key.file, options.output.json));
  return 0;
}

Result<SignedRequest> co_sign_request(const CoSignOptions& options) {
  HALLIGAN_TRY(auto received, receive_request(options.request, options.max_age, options.code));
  HALLIGAN_TRY(const OwnKey own, open_own_key(options.key, options.token, "to co-sign the request"));
  show_request(received);
  if (!options.yes) HALLIGAN_CHECK(ui::ask_for_yes("Co-sign this request?", "co-sign"));
  HALLIGAN_CHECK(co_sign(received, *own.signer));
  return received;
}

Result<int> run_co_sign(const CoSignOptions& options) {
  HALLIGAN_TRY(const auto request, co_sign_request(options));
  HALLIGAN_CHECK(ui::print(report(request, {}, options.output.json)));
  return 0;
}

}  // namespace halligan::request
