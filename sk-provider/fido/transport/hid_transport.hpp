// A token behind a character device: hidraw, or a pseudo-terminal that behaves as one.
#pragma once

#include "ctap/ctaphid.hpp"
#include "fido/transport/transport.hpp"

namespace halligan::fido {

class HidTransport : public Transport {
 public:
  /// @param patience how long to wait for another process that is using the token
  HidTransport(std::string name, Presence* presence, std::chrono::seconds patience)
      : Transport(std::move(name), presence), patience_(patience) {}
  ~HidTransport() override;

  bool open(const char* path) override;
  void close() override;
  bool send(Command command, ByteView body) override;
  std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                     std::chrono::milliseconds patience) override;

 private:
  using Clock = std::chrono::steady_clock;

  bool wait_for_turn();
  bool send_reports(Command command, ByteView body);
  bool write(const ctaphid::Report& report);
  bool read(ctaphid::Report& report, Clock::time_point deadline);
  bool wait_readable(Clock::time_point deadline);
  void note_keepalive(std::uint8_t status, Clock::time_point deadline);
  bool again_when_free(Clock::time_point deadline);
  void take_channel(ByteView init_answer);
  void cancel_request();

  std::chrono::seconds patience_;
  int fd_ = -1;
  ctaphid::Channel channel_ = ctaphid::kBroadcast;
  Bytes nonce_;  // of the INIT that waits for its answer: on the broadcast channel everybody's answers are
                 // heard
  Command last_command_{};
  Bytes last_body_;  // in case the token was busy
  bool cancel_sent_ = false;
  Clock::time_point cancel_deadline_;
};

}  // namespace halligan::fido
