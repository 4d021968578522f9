// Cards in readers, through pcscd: the only place with <winscard.h>. Every call may take as long as the card,
// or a stuck daemon, likes: see CardTransport for the one that waits for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

enum class PcscFault {
  kNone,
  kNoService,  ///< no pcscd
  kNoReader,   ///< no reader of that name
  kSeveral,    ///< several readers whose names begin so
  kNoCard,     ///< nothing in the reader
  kHeld,       ///< another program has the card for itself
  kGone,       ///< the card was taken out, or pcscd went away
  kFailed,     ///< the card does not talk
};

/// Is there a pcscd already? Where systemd listens in its name, connecting would start it.
bool pcscd_runs();

/// The names of the readers that have a card in them, which is not talked to; none without pcscd.
std::vector<std::string> readers_with_card();

class Card {
 public:
  Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;
  /// Ends the transaction and lets the card keep its power: other programs use it too.
  ~Card();

  /// @param reader a reader's name, or the beginning of the only one that begins so
  PcscFault find(const std::string& reader);
  /// Then; blocks while another program is in a transaction with the card.
  PcscFault connect();
  /// No other program gets in between from here on; blocks while one of them is doing the same.
  PcscFault begin_transaction();
  PcscFault transmit(ByteView apdu, Bytes& response);

  /// Do reader and card take APDUs with lengths of two bytes?
  bool extended_length() const { return extended_length_; }

 private:
  struct Handles;
  bool ask_reader() const;
  bool ask_card() const;
  std::unique_ptr<Handles> handles_;
  bool extended_length_ = false;
};

}  // namespace halligan::fido
