// halligan request, co-sign and sign --request: what was typed, and what runs.
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

/// A key that exists.
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
  std::string file = "emergency";  ///< of a fresh key
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

Result<int> request(const RequestOptions& options);
Result<int> co_sign(const CoSignOptions& options);

/// halligan request
command::Command request_command();
/// halligan co-sign
command::Command co_sign_command();

/// A request that came from somebody: read, proven, fresh, and its code the one that was heard, if one was.
/// @param file "-" is standard input
Result<SignedRequest> receive_request(const std::string& file, const std::string& max_age,
                                      const std::optional<std::string>& code);

/// What a person decides by, with the code, on stderr.
void show_request(const SignedRequest& request, const std::vector<CoSigner>& co_signers);

/// The signer for a key that exists, and the token session that it may need.
struct OwnKey {
  std::unique_ptr<ca::TokenAccess> access;
  std::unique_ptr<ca::Signer> signer;
};
/// @param purpose what a touch is for. @errors kUsage (both, or neither) · as the file, the agent, the token
Result<OwnKey> open_own_key(const OwnKeyOptions& key, const ca::TokenOptions& token,
                            const std::string& purpose);

}  // namespace halligan::request
