// GnuPG's agent of this user, and the OpenPGP card that it reaches. What is known of its two versions, 2.2
// and 2.4, and of the cards in the field, is here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "io/descriptor.hpp"
#include "ssh/key.hpp"
#include "unattended/assuan.hpp"

namespace halligan::unattended {

/// Cards are slower than tokens: the first command selects an application, and RSA takes its time.
inline constexpr std::chrono::seconds kCardWait{8};

struct Card {
  std::string serial;  ///< "D2760001240103040006012345670000"
  std::uint64_t pin_tries = 0;
  bool touch = false;      ///< the authentication key requires one for every signature
  bool keeps_pin = false;  ///< GnuPG 2.3 and later keep the PIN of a YubiKey in the agent
  ssh::PublicKey key;      ///< for authentication, as gpg-agent lists it to ssh

  /// "0006 01234567", as GnuPG shows it
  std::string words() const;
};

/// Is this card meant by one of the names: its serial number, of 8 digits or as a whole, or the fingerprint
/// of its key? Without names: yes.
bool is_meant(const Card& card, const std::vector<std::string>& names);

class CardAgent {
 public:
  /// One that answers. @param start  it, if it does not run
  /// @errors kUnreachable (no GnuPG, no agent, another user's) · kBadInput (its socket is in a folder of
  /// others)
  static Result<CardAgent> find(bool start);

  /// For SSH_AUTH_SOCK.
  const std::string& ssh_socket() const { return ssh_socket_; }

  /// The card and its key. No PIN is asked for, no try spent, and what is verified stays verified.
  /// @errors kNotFound (no card) · kUnreachable (it does not answer, or fails) · kUnsupported (it has no
  /// usable
  ///   key, or the agent does not offer it to ssh)
  Result<Card> look() const;

  /// Have it sign a new challenge, and verify the signature. No PIN is asked for, and no try spent.
  /// @errors kNeedsPerson (locked) · kNotFound, kUnreachable as look() · kNo (the signature does not verify)
  Result<> prove(const Card& card) const;

  /// Does GnuPG believe that the PIN is verified? Then it sends none to the card. @errors as look()
  Result<bool> believes_unlocked(const Card& card) const;

  /// Send the PIN to the card, once. @errors kNeedsPerson (wrong, blocked) · as look()
  Result<> verify_pin(const Card& card, const Pin& pin) const;

  /// End scdaemon, which resets the card, and wait until it is back. @errors as look()
  Result<> reset_card() const;

 private:
  CardAgent(std::string socket, std::string ssh_socket)
      : socket_(std::move(socket)), ssh_socket_(std::move(ssh_socket)) {}

  Result<Assuan> connect(bool may_ask, std::chrono::seconds within = kCardWait) const;

  std::string socket_;
  std::string ssh_socket_;
};

}  // namespace halligan::unattended
