// The running token: one thread, one poll loop, nested while a touch is awaited.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "softkey/link.hpp"
#include "softkey/session.hpp"
#include "softkey/storage.hpp"
#include "softkey/touch_source.hpp"

namespace halligan::softkey {

struct DeviceSettings {
  std::string name;  ///< in prompts
  TouchSettings touch;
  Settings token;
};

/// Signals as a file descriptor: SIGTERM, SIGINT and SIGHUP end the token, SIGUSR1 is a touch, SIGUSR2 takes
/// a card out of its reader or puts it back.
class Signals {
 public:
  static Result<Signals> block_and_watch();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  ~Signals();
  int fd() const { return fd_; }
  /// The next one, or 0.
  int next();

 private:
  explicit Signals(int fd) : fd_(fd) {}
  int fd_;
};

class Device : public Env {
 public:
  /// @param log may be null
  Device(DeviceSettings settings, std::unique_ptr<Link> link, Storage storage, Signals signals, FILE* log);

  /// Load or make the state. @errors kBadInput, kUnreachable
  Result<> power_up();
  Authenticator& authenticator() { return *authenticator_; }
  /// Until a signal ends it. @errors kUnreachable: the link broke
  Result<> run();

  std::int64_t now_ms() override;
  void random(std::span<std::uint8_t> out) override;
  Touch await_touch(const TouchRequest& request) override;
  bool touched(const TouchRequest& request) override;
  void working() override;
  Result<> save(ByteView state) override;

 private:
  Result<> pump(std::optional<std::int64_t> until_ms);
  void handle_signals();
  void work();
  bool power_cycled();
  void stall();
  void write_log(const Exchange& exchange);
  [[noreturn]] void vanish();

  DeviceSettings settings_;
  std::unique_ptr<Link> link_;
  Storage storage_;
  Signals signals_;
  FILE* log_;
  std::optional<Terminal> terminal_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<Session> session_;

  /// What a client that asks again and again is asking for.
  struct Polled {
    std::string operation;
    std::int64_t began_ms = 0;
    std::int64_t last_ms = 0;
  };
  std::optional<Polled> polled_;

  FieldPresence field_;
  bool asking_ = false;
  std::optional<Touch> touched_;
  bool ending_ = false;
};

}  // namespace halligan::softkey
