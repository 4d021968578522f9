// The PIN holder's decisions: for which keys it signs, and when it is over. Nobody gets the PIN from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fido/discovery/settings.hpp"
#include "fido/presence/presence.hpp"
#include "pin_holder/message.hpp"
#include "ssh/key_file.hpp"
#include "unattended/holder/held_pin.hpp"
#include "unattended/holder/token_node.hpp"

namespace halligan::unattended {

/// What is held, for what, and how long.
struct HolderTerms {
  std::vector<ssh::SkHandle> keys{};       ///< those of the token when its PIN was typed
  std::string token{};                     ///< its name
  std::optional<std::uint64_t> pin_tries;  ///< then
  fido::Settings settings{};
  std::uint64_t until = 0;  ///< Unix seconds
};

class Holder {
 public:
  Holder(HeldPin pin, HolderTerms terms, TokenNode node)
      : pin_(std::move(pin)), terms_(std::move(terms)), node_(std::move(node)) {}

  const TokenNode& node() const { return node_; }

  /// Why it is over, in words; nothing while it is not. Whoever finds a reason says so with end().
  const std::optional<std::string>& over() const { return over_; }
  void end(std::string why) {
    if (!over_) over_ = std::move(why);
  }
  /// The PIN, once nothing uses it any more.
  void wipe() { pin_.wipe(); }

  pin_holder::StatusAnswer status() const;
  /// Over, if no key is left. The answer comes when the PIN is wiped.
  void lock(const pin_holder::LockCall& call);

  /// One request to the token. A PIN that the token did not accept is over at once: it is never sent twice.
  /// @param presence  ends the wait for a touch
  pin_holder::Answer sign(const pin_holder::SignCall& call, fido::Presence& presence);

 private:
  Result<> check_tries(const fido::Context& context);

  HeldPin pin_;
  HolderTerms terms_;
  TokenNode node_;
  std::optional<std::string> over_{};
  bool doubtful_ = false;  ///< the last request failed: did it cost a try?
};

}  // namespace halligan::unattended
