// Where a minted key and its certificate go: into files, into an ssh-agent, or straight into ssh.
#pragma once

#include <memory>
#include <optional>

#include "base/result.hpp"
#include "issue/command.hpp"
#include "issue/mint.hpp"
#include "ledger/place.hpp"
#include "ui/describe.hpp"

namespace halligan::issue {

class Delivery {
 public:
  Delivery() = default;
  virtual ~Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Whatever could go wrong should do so now, before a touch is asked for.
  virtual Result<> prepare() = 0;

  /// Hand over, and report. @param place nothing if there is no ledger. @return exit code
  virtual Result<int> deliver(const Minted& minted, const std::optional<ledger::LedgerPlace>& place) = 0;
};

/// The one that was asked for. @errors kUsage
Result<std::unique_ptr<Delivery>> make_delivery(const MintOptions& options);

/// For what fails behind the touch: the certificate exists, and is of no use.
Error not_delivered(Error error, const Minted& minted, const std::optional<ledger::LedgerPlace>& place);

std::unique_ptr<Delivery> deliver_to_files(const MintOptions& options);
std::unique_ptr<Delivery> deliver_to_agent(const MintOptions& options);
std::unique_ptr<Delivery> deliver_to_ssh(const MintOptions& options);

}  // namespace halligan::issue
