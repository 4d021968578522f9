// Cards in readers, through pcscd: the only place with <winscard.h>. Any call may block as long as the card
// or a hung daemon does; CardTransport makes them on a thread of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

/// Is pcscd running? Connecting might make systemd start it.
bool pcscd_runs();

/// The names of the readers that have a card in them, without talking to the card; none without pcscd.
std::vector<std::string> readers_with_card();

/// Its functions return 0 or an errno: ECONNREFUSED (no pcscd) · ENOENT (no reader of that name) · ENOTUNIQ
/// (several readers match the name) · ENOMEDIUM (nothing in the reader) · EBUSY (another program holds the
/// card exclusively) · ENXIO (the card was removed, or pcscd ended) · EIO (any other error).
class Card {
 public:
  Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;
  /// Ends the transaction and leaves the card powered: other programs may use it.
  ~Card();

  /// @param reader a reader's name, or an unambiguous beginning of it
  int find(const std::string& reader);
  /// After find(); blocks during a transaction of another program with the card.
  int connect();
  /// Keeps other programs from the card; blocks during a transaction of one of them.
  int begin_transaction();
  int transmit(ByteView apdu, Bytes& response);

  /// Do reader and card support APDUs with lengths of two bytes?
  bool extended_length() const { return extended_length_; }

 private:
  struct Handles;
  bool ask_reader() const;
  bool ask_card() const;
  std::unique_ptr<Handles> handles_;
  bool extended_length_ = false;
};

}  // namespace halligan::fido
