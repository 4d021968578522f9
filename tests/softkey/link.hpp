// How requests reach the token: something to poll, and the transport that makes messages of what comes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "softkey/transport.hpp"

namespace halligan::softkey {

class Link {
 public:
  /// A client has opened the token on this channel; the transport has answered it so many bytes.
  using Opened = std::function<void(std::uint32_t channel, std::size_t question, std::size_t answer)>;

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  virtual Transport& transport() = 0;
  /// What clients call it by.
  virtual const std::string& path() const = 0;
  /// Readable when receive() has something to do; −1 for never.
  virtual int fd() const = 0;
  /// Read what is there. @errors kUnreachable
  virtual Result<> receive(std::int64_t now_ms) = 0;
  /// True once after the token's power was cut and came back.
  virtual bool take_power_up() { return false; }
  /// A person takes the token out, or puts it back in: SIGUSR2. @errors kUnreachable
  virtual Result<> move() { return {}; }

  Opened opened = [](std::uint32_t, std::size_t, std::size_t) {};
};

}  // namespace halligan::softkey
