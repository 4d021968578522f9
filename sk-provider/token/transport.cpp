#include "token/transport.hpp"

#include <algorithm>
#include <climits>

namespace halligan::token {
namespace {

// libfido2 gives its functions for opening nothing but a path.
thread_local Transport* being_attached = nullptr;

Transport& transport_of(fido_dev_t* device) { return *static_cast<Transport*>(fido_dev_io_handle(device)); }

struct Functions {
  static void* open(const char* path) {
    Transport* transport = being_attached;
    being_attached = nullptr;
    return transport != nullptr && transport->open(path) ? transport : nullptr;
  }
  static void close(void* handle) { static_cast<Transport*>(handle)->close(); }

  // libfido2 wants all four, and calls these two only where there are no transport functions.
  static int read(void*, unsigned char*, size_t, int) { return -1; }
  static int write(void*, const unsigned char*, size_t) { return -1; }

  static int receive(fido_dev_t* device, uint8_t command, unsigned char* body, size_t size, int ms) {
    // A wait of libfido2 without an end is not wanted anywhere: Device always sets one.
    const auto got = transport_of(device).receive(Command{command}, {body, size},
                                                  std::chrono::milliseconds(std::max(ms, 0)));
    return got && *got <= INT_MAX ? static_cast<int>(*got) : -1;
  }
  static int send(fido_dev_t* device, uint8_t command, const unsigned char* body, size_t size) {
    return transport_of(device).send(Command{command}, {body, size}) ? 0 : -1;
  }
};

}  // namespace

void Transport::tell_presence(std::chrono::steady_clock::time_point deadline) {
  if (presence_ == nullptr) return;
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
  presence_->touch_awaited(name_, std::max(left, std::chrono::seconds(0)));
}

void Transport::touch_came() {
  touch_missed();
  touch_awaited_ = false;
}

void Transport::touch_missed() {
  if (touch_awaited_ && presence_ != nullptr) presence_->touch_over();
}

int attach(fido_dev_t* device, Transport& transport) {
  static const fido_dev_io_t io{Functions::open, Functions::close, Functions::read, Functions::write};
  static const fido_dev_transport_t messages{Functions::receive, Functions::send};
  if (const int status = fido_dev_set_io_functions(device, &io); status != FIDO_OK) return status;
  if (const int status = fido_dev_set_transport_functions(device, &messages); status != FIDO_OK)
    return status;
  being_attached = &transport;
  return FIDO_OK;
}

}  // namespace halligan::token
