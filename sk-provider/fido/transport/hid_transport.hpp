// A token at a character device: hidraw, or a pseudo-terminal that behaves like it.
#pragma once

#include "base/descriptor.hpp"
#include "ctap/ctaphid.hpp"
#include "fido/transport/transport.hpp"

namespace halligan::fido {

class HidTransport : public Transport {
 public:
  /// @param patience how long to wait for another process that is using the token; for each that has its turn
  /// before this one. A process that is stopped is not waited for.
  HidTransport(std::string name, Presence* presence, std::chrono::seconds patience)
      : Transport(std::move(name), presence), patience_(patience) {}

  bool open(const char* path) override;
  void close() override;
  bool send(Command command, ByteView body) override;
  std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                     std::chrono::milliseconds patience) override;

 private:
  using Clock = std::chrono::steady_clock;

  bool wait_for_turn();
  bool send_packets(Command command, ByteView body);
  bool write(const ctaphid::Report& report);
  bool read(ctaphid::Report& report, Clock::time_point deadline);
  bool wait_readable(Clock::time_point deadline);
  bool again_when_free(Clock::time_point deadline);
  void cancel_request();

  std::chrono::seconds patience_;
  Descriptor fd_;
  ctaphid::Channel channel_ = ctaphid::kBroadcast;
  Bytes nonce_;  // of the pending INIT: the broadcast channel carries everybody's answers
  Command last_command_{};
  Bytes last_body_;  // to send again if the token is busy
  bool cancel_sent_ = false;
  Clock::time_point cancel_deadline_;
};

}  // namespace halligan::fido
