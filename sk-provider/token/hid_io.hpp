// The reports of one open token: our own read and write under libfido2, because its own tell neither why a
// read failed nor that the token waits for a touch, and cannot be interrupted.
#pragma once

#include <fido.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "token/presence.hpp"

namespace halligan::token {

class HidIo {
 public:
  /// Why the last read or write failed.
  enum class Fault { kNone, kTimeout, kGone, kCancelled };

  /// @param patience how long to wait for another process that is using the token
  HidIo(std::string name, Presence* presence, std::chrono::seconds patience)
      : name_(std::move(name)), presence_(presence), patience_(patience) {}
  HidIo(const HidIo&) = delete;
  HidIo& operator=(const HidIo&) = delete;
  ~HidIo();

  /// The functions to give to fido_dev_set_io_functions(). libfido2 passes only a path to `open`, so the
  /// HidIo that is meant has to be named first, on the same thread, with an Opening.
  static const fido_dev_io_t& functions();

  class Opening {
   public:
    explicit Opening(HidIo& io);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;
  };

  Fault fault() const { return fault_; }
  int open_error() const {
    return open_error_;
  }  ///< errno of the failed open(2), EBUSY if another process kept the token; 0 if it worked
  bool touch_awaited() const { return touch_awaited_; }
  const std::string& name() const { return name_; }

 private:
  friend struct HidFunctions;
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kReportSize = 64;

  bool open(const char* path);
  bool wait_for_turn();
  void close();
  int write(const unsigned char* report, std::size_t size);
  int read(unsigned char* report, std::size_t size, int milliseconds);
  bool wait_readable(Clock::time_point deadline);
  void tell_presence(Clock::time_point deadline);
  void note_report(const unsigned char* report, Clock::time_point deadline);
  void cancel_request();

  std::string name_;
  Presence* presence_;
  std::chrono::seconds patience_;
  int fd_ = -1;
  int open_error_ = 0;
  Fault fault_ = Fault::kNone;
  bool touch_awaited_ = false;
  bool cancel_sent_ = false;
  Clock::time_point cancel_deadline_;
  std::array<unsigned char, 4> channel_{};
};

}  // namespace halligan::token
