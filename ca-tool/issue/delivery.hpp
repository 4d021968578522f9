// Where a minted key and its certificate go: into files, into an ssh-agent, or straight into ssh.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "issue/command.hpp"
#include "issue/issuer.hpp"
#include "issue/route.hpp"
#include "ssh/key_file.hpp"

namespace halligan::issue {

using MintedKey = std::variant<ssh::PrivateKey, ssh::SkHandle>;

/// A fresh key with its certificate, or two: the second for jump hosts alone.
struct Minted {
  MintedKey key;
  std::vector<IssuedCertificate> issued;  ///< as many as the plan has subjects

  /// Not of a key on a token, which is delivered into files alone.
  ssh::PrivateKey& pair() { return std::get<ssh::PrivateKey>(key); }
  const ssh::PrivateKey& pair() const { return std::get<ssh::PrivateKey>(key); }

  const ssh::Certificate& certificate() const { return issued.front().certificate; }
};

class Delivery {
 public:
  Delivery() = default;
  virtual ~Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Check everything that could fail, before a touch is asked for.
  /// Twice for a key on a token, first without a subject: before the touch that makes it.
  /// @param plan of one subject; what this delivery needs the certificate for is added to it
  virtual Result<> prepare(Plan& plan) = 0;

  /// Deliver key and certificate, and report. The key is wiped as soon as it is where it belongs.
  /// @return exit code
  virtual Result<int> deliver(Minted& minted) = 0;
};

/// @param options outlive it. @errors kUsage
Result<std::unique_ptr<Delivery>> make_delivery(const MintOptions& options);

/// Is it a host, and not what ssh would take for an option? @param option that named it: "--ssh"
/// @errors kUsage
Result<> check_host(const std::string& host, std::string_view option);

/// Make a key and its certificate, once the delivery is prepared.
/// @errors as make_spec(), make_plan(), ca::check_without_request(), Delivery::prepare(), Issuer
Result<Minted> mint_key(const MintOptions& options, Delivery& delivery);

/// A login that ssh is about to make, or somebody else in its place.
struct Login {
  std::size_t number;  ///< index in MintOptions::hosts
  const Route& route;
  std::vector<std::string> argv;  ///< ssh, up to the remote command
  const ssh::Certificate& certificate;
};
/// @return whether to continue with the next host
using LogIn = std::function<Result<bool>(const Login&)>;

/// @param options outlive it @param instead logs in, if it is not empty
std::unique_ptr<Delivery> deliver_to_ssh(const MintOptions& options, LogIn instead = {});
/// --run
std::unique_ptr<Delivery> deliver_to_command(const MintOptions& options);

}  // namespace halligan::issue
