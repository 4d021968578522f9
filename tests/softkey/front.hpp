// What carries reports between clients and the token.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "softkey/hid_transport.hpp"

namespace halligan::softkey {

class Front {
 public:
  virtual ~Front() = default;
  /// The device node's path, as clients open it.
  virtual const std::string& path() const = 0;
  /// Readable when receive() has something to do.
  virtual int fd() const = 0;
  /// Read what is there. @errors kUnreachable
  virtual Result<> receive(std::int64_t now_ms, const std::function<void(const Report&)>& report) = 0;
  /// Dropped where nobody has read for so long that no room is left.
  virtual void send(const Report& report) = 0;
  /// Throw away what an earlier client left unread.
  virtual void discard_unread() = 0;
};

}  // namespace halligan::softkey
