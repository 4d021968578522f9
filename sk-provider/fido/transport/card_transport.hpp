// A token that is a card in a reader, with contacts or without.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ctap/apdu.hpp"
#include "fido/transport/transport.hpp"
#include "fido/transport/worker.hpp"

namespace halligan::fido {

class CardTransport : public Transport {
 public:
  /// @param reader   its name, or an unambiguous beginning of it
  /// @param patience how long to wait for another program that uses the card
  CardTransport(std::string name, std::string reader, Presence* presence, std::chrono::seconds patience);
  ~CardTransport() override;

  /// Connects, begins a transaction and selects the FIDO applet. The path is ignored.
  bool open(const char* path) override;
  void close() override;
  bool send(Command command, ByteView body) override;
  std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                     std::chrono::milliseconds patience) override;

  /// open() failed because other programs share the card and did not finish in time.
  bool was_queueing() const { return was_queueing_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Conversation;

  bool wait_for_opening();
  void start(ctap::CommandApdu command);
  bool wait_for_card(Clock::time_point deadline);
  bool next_question(Clock::time_point deadline);
  bool note_fault();
  void cancel();
  std::optional<std::size_t> answer_init(std::span<std::uint8_t> body) const;
  std::optional<std::size_t> give(Command command, std::span<std::uint8_t> body) const;

  std::string reader_;
  std::chrono::seconds patience_;
  std::unique_ptr<Worker> worker_;
  std::shared_ptr<Conversation> talk_;  // owned by the worker while it works, by us otherwise
  Bytes nonce_;
  bool was_queueing_ = false;
  bool cancel_sent_ = false;
  Clock::time_point cancel_deadline_;
};

/// Why open() failed. @param open_error of Transport::open_error(), not 0
Error card_open_failure(const std::string& reader, int open_error);

struct CardsFound {
  std::vector<std::string> fido;  ///< readers whose card has a FIDO applet, or is in use
  std::vector<std::string> held;  ///< readers whose card another program holds exclusively
};

/// Looks at the card in every reader, for a second each at most. None unless pcscd is running.
CardsFound find_cards();

}  // namespace halligan::fido
