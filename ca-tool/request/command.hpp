// halligan request and co-sign, and what sign --request shares with them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/options.hpp"
#include "ca/token_access.hpp"
#include "request/proof.hpp"
#include "ui/output.hpp"

namespace halligan::request {

/// An existing key.
struct OwnKeyOptions {
  std::string file;   ///< a private key or handle file
  std::string agent;  ///< or a key in the agent, by fingerprint or comment
};

struct RequestOptions {
  ca::TokenOptions token;
  ui::OutputOptions output;
  OwnKeyOptions key;
  std::vector<std::string> principals;
  std::vector<std::string> hosts;
  std::string reason;
  std::string validity = "-5m:+60m";
  std::string file = "emergency";  ///< of a new key
};

struct CoSignOptions {
  ca::TokenOptions token;
  ui::OutputOptions output;
  OwnKeyOptions key;
  std::string request;
  std::string max_age = "1h";
  std::optional<std::string> code;
  bool yes = false;  ///< co-sign without asking
};

Result<int> run_request(const RequestOptions& options);
Result<int> run_co_sign(const CoSignOptions& options);

/// The request with one more co-signature, if the custodian agrees.
/// @errors as receive_request(), open_own_key(), ui::ask_for_yes(), co_sign()
Result<SignedRequest> co_sign_request(const CoSignOptions& options);

/// halligan request
command::Command request_command();
/// halligan co-sign
command::Command co_sign_command();

/// Read a request, and verify its proof, its age and, if given, its code.
/// @param file "-" is standard input
/// @errors kUsage (--max-age, --code) · kNo (another code) · as parse_request_text(), verify_request()
Result<SignedRequest> receive_request(const std::string& file, const std::string& max_age,
                                      const std::optional<std::string>& code);

/// Show on stderr what is requested, with its code.
void show_request(const SignedRequest& request);

/// The signer for an existing key, and the token access that it may need.
struct OwnKey {
  std::unique_ptr<ca::TokenAccess> access;
  std::unique_ptr<ca::Signer> signer;
};
/// @param purpose what a touch is for. @errors kUsage (both, or neither) · as the file, the agent, the token
Result<OwnKey> open_own_key(const OwnKeyOptions& key, const ca::TokenOptions& token,
                            const std::string& purpose);

}  // namespace halligan::request
