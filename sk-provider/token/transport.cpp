#include "token/transport.hpp"

#include <algorithm>
#include <utility>

#include "ctap/cbor.hpp"

namespace halligan::token {
namespace {

constexpr std::uint8_t kGetInfo = 0x04;

// libfido2 gives its functions for opening nothing but a path.
thread_local Transport* being_attached = nullptr;

}  // namespace

// What libfido2 calls.
struct LibfidoFunctions {
  static void* open(const char* path) {
    Transport* transport = std::exchange(being_attached, nullptr);
    return transport != nullptr && transport->open(path) ? transport : nullptr;
  }
  static void close(void* handle) { static_cast<Transport*>(handle)->close(); }

  // libfido2 wants all four, and calls these two only where there are no transport functions.
  static int read(void*, unsigned char*, size_t, int) { return -1; }
  static int write(void*, const unsigned char*, size_t) { return -1; }

  static Transport& of(fido_dev_t* device) { return *static_cast<Transport*>(fido_dev_io_handle(device)); }

  static int send(fido_dev_t* device, uint8_t command, const unsigned char* body, size_t size) {
    Transport& transport = of(device);
    const ByteView message{body, size};
    transport.info_asked_ = Command{command} == Command::kCbor && size == 1 && message[0] == kGetInfo;
    return transport.send(Command{command}, message) ? 0 : -1;
  }

  static int receive(fido_dev_t* device, uint8_t command, unsigned char* body, size_t size, int ms) {
    Transport& transport = of(device);
    // Device sets a time-out, so that "for ever" (-1) is never asked for.
    const auto got =
        transport.receive(Command{command}, {body, size}, std::chrono::milliseconds(std::max(ms, 0)));
    if (!got || *got > size) return -1;
    const ByteView answer{body, *got};
    if (Command{command} == Command::kCbor && *got > 1) {
      if (!ctap::well_formed(answer.subspan(1))) {
        transport.fault_ = Transport::Fault::kGarbled;
        return -1;
      }
      if (transport.info_asked_) transport.info_ = to_bytes(answer.subspan(1));
    }
    return static_cast<int>(*got);
  }
};

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
  static const fido_dev_io_t io{LibfidoFunctions::open, LibfidoFunctions::close, LibfidoFunctions::read,
                                LibfidoFunctions::write};
  static const fido_dev_transport_t messages{LibfidoFunctions::receive, LibfidoFunctions::send};
  if (const int status = fido_dev_set_io_functions(device, &io); status != FIDO_OK) return status;
  if (const int status = fido_dev_set_transport_functions(device, &messages); status != FIDO_OK)
    return status;
  being_attached = &transport;
  return FIDO_OK;
}

}  // namespace halligan::token
