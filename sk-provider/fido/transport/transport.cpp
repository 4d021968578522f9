#include "fido/transport/transport.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "ctap/well_formed.hpp"
#include "fido/transport/u2f_message.hpp"

namespace halligan::fido {
namespace {

constexpr std::uint8_t kGetInfo = 0x04;
constexpr std::uint8_t kUnknownCommand = 0x01;  // CTAP1_ERR_INVALID_COMMAND, and CTAPHID's ERR_INVALID_CMD

using Clock = std::chrono::steady_clock;

// The usual interval of U2F clients.
constexpr std::chrono::milliseconds kU2fPause{100};

// libfido2 passes only a path to open().
thread_local Transport* being_attached = nullptr;

}  // namespace

// The functions that libfido2 calls.
struct LibfidoFunctions {
  static void* open(const char* path) {
    Transport* transport = std::exchange(being_attached, nullptr);
    return transport != nullptr && transport->open(path) ? transport : nullptr;
  }
  static void close(void* handle) { static_cast<Transport*>(handle)->close(); }

  // libfido2 requires all four, and calls these two only without transport functions.
  static int read(void*, unsigned char*, size_t, int) { return -1; }
  static int write(void*, const unsigned char*, size_t) { return -1; }

  static Transport& of(fido_dev_t* device) { return *static_cast<Transport*>(fido_dev_io_handle(device)); }

  static int send(fido_dev_t* device, uint8_t command, const unsigned char* body, size_t size) {
    Transport& transport = of(device);
    const ByteView message{body, size};
    transport.info_asked_ = Command{command} == Command::kCbor && size == 1 && message[0] == kGetInfo;
    return transport.ask(Command{command}, message) ? 0 : -1;
  }

  static int receive(fido_dev_t* device, uint8_t command, unsigned char* body, size_t size, int ms) {
    Transport& transport = of(device);
    // Device sets a timeout, so ms is never -1 (no limit).
    const auto got =
        transport.answer(Command{command}, {body, size}, std::chrono::milliseconds(std::max(ms, 0)));
    if (transport.info_asked_ && transport.hid_error_ == kUnknownCommand) transport.speaks_no_ctap2_ = true;
    if (!got || *got > size) return -1;
    const ByteView answer{body, *got};
    if (Command{command} != Command::kCbor || *got == 0) return static_cast<int>(*got);
    if (transport.info_asked_ && answer[0] == kUnknownCommand) transport.speaks_no_ctap2_ = true;
    if (*got == 1) return 1;
    const ByteView item = ctap::front_item(answer.subspan(1));
    if (item.empty()) {
      transport.fault_ = Transport::Fault::kGarbled;
      return -1;
    }
    if (transport.info_asked_) transport.info_ = to_bytes(item);
    return static_cast<int>(1 + item.size());
  }
};

bool Transport::ask(Command command, ByteView body) {
  const bool touch = command == Command::kMessage && u2f_wants_touch(body);
  u2f_request_ = touch ? to_bytes(body) : Bytes();
  u2f_again_ = u2f_waits_ = false;
  return send(command, body);
}

std::optional<std::size_t> Transport::answer(Command command, std::span<std::uint8_t> body,
                                             std::chrono::milliseconds patience) {
  if (u2f_request_.empty()) return receive(command, body, patience);
  const auto deadline = Clock::now() + patience;
  for (;;) {
    if (u2f_again_) {
      if (cancelled()) return give_up(Fault::kCancelled);
      if (!send(Command::kMessage, u2f_request_)) return give_up(fault());
      u2f_again_ = false;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto got = receive(command, body, std::max(left, std::chrono::milliseconds(0)));
    if (!got) return give_up(fault());
    touch_awaited_ = u2f_waits_;
    if (!u2f_not_yet(ByteView(body).first(*got))) {
      touch_came();
      return got;
    }
    u2f_again_ = u2f_waits_ = touch_awaited_ = true;
    tell_presence(deadline);
    std::this_thread::sleep_for(std::min<Clock::duration>(kU2fPause, deadline - Clock::now()));
    if (Clock::now() >= deadline) return give_up(Fault::kTimeout);
  }
}

std::optional<std::size_t> Transport::give_up(Fault why) {
  fault_ = why;
  touch_awaited_ = u2f_waits_;
  touch_missed();
  return std::nullopt;
}

void Transport::tell_presence(Clock::time_point deadline) {
  if (presence_ == nullptr) return;
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
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

}  // namespace halligan::fido
