#include "fido/device.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "base/log.hpp"
#include "fido/failure.hpp"
#include "fido/transport/card_transport.hpp"
#include "fido/transport/transports.hpp"

namespace halligan::fido {
namespace {

Error open_failure(const TokenPath& where, const Transport& transport, int status) {
  const std::string name = where.name();
  if (const auto reader = reader_of(where.path); reader && transport.open_error() != 0) {
    return card_open_failure(std::string(*reader), transport.open_error());
  }
  switch (transport.open_error()) {
    case 0:
      break;
    case ENOENT:
    case ENXIO:
      return {Code::kNotFound, "no token at " + name,
              "insert the token, or " + (where.named_by.empty() ? "name another" : "fix " + where.named_by)};
    case ENODEV:
      return {Code::kUnreachable, name + " is not a token", "name a device such as /dev/hidraw0"};
    case EBUSY:
      return {Code::kUnreachable, "another program is using the token at " + name, kWaitForOther};
    case EACCES:
    case EPERM:
      return {Code::kUnreachable, "no permission to open the token at " + name,
              "run as root, or install the udev rule shown by: halligan token list"};
    default:
      return errno_error(Code::kUnreachable, "cannot open the token at " + name, transport.open_error());
  }
  if (status != FIDO_ERR_TX && status != FIDO_ERR_RX) {
    return {Code::kUnreachable, name + " does not respond as a FIDO2 token: " + status_words(status), {}};
  }
  return explain(status, {.token = name, .path = where.path, .fault = transport.fault()});
}

}  // namespace

std::string TokenPath::name() const { return product.empty() ? path : path + " (" + product + ")"; }

Device::Device(std::string path, std::unique_ptr<Transport> transport, Dev dev)
    : path_(std::move(path)), transport_(std::move(transport)), dev_(std::move(dev)) {}

Device::Device(Device&& other) noexcept = default;

Device::~Device() {
  if (dev_ == nullptr) return;
  if (transport_->touch_awaited()) (void)fido_dev_cancel(dev_.get());
  fido_dev_close(dev_.get());
}

Result<Device> Device::open(const TokenPath& where, const Settings& settings, Presence* presence) {
  bool only_u2f = false;
  auto opened = open_once(where, settings, presence, only_u2f);
  if (opened || !only_u2f) return opened;
  debug("the token at " + where.name() + " does not know CTAP2, which it announced: U2F is used");
  return open_once(where, settings, presence, only_u2f);
}

// @param only_u2f libfido2 may fall back to U2F; set where the token says that it knows nothing else
Result<Device> Device::open_once(const TokenPath& where, const Settings& settings, Presence* presence,
                                 bool& only_u2f) {
  // Thread-local in libfido2, and an agent's thread may be new: before every use.
  fido_init(only_u2f ? 0 : FIDO_DISABLE_U2F_FALLBACK);
  auto transport = make_transport(where, settings, presence);
  Dev dev(fido_dev_new());
  if (dev == nullptr) throw std::bad_alloc();
  if (fido_dev_set_timeout(dev.get(), static_cast<int>(settings.timeout.count()) * 1000) != FIDO_OK ||
      attach(dev.get(), *transport) != FIDO_OK) {
    return fail(Code::kInternal, "libfido2 rejected its transport functions");
  }
  const Transport::Prompt prompt(*transport);
  // libfido2 would use its own transport for the paths of cards.
  const char* path = reader_of(where.path) ? "card" : where.path.c_str();
  if (const int status = fido_dev_open(dev.get(), path); status != FIDO_OK) {
    only_u2f = !only_u2f && transport->speaks_no_ctap2();
    return fail(open_failure(where, *transport, status));
  }
  debug("opened the token at " + where.name());
  Device device(where.path, std::move(transport), std::move(dev));
  device.timeout_ = settings.timeout;
  if (auto info = ctap::Info::parse(device.transport_->info())) device.info_ = *std::move(info);
  return device;
}

int Device::pin_tries_after(int status) const {
  int tries = -1;
  const Transport::Prompt prompt(*transport_);
  if (status == FIDO_ERR_PIN_INVALID && !info_.force_pin_change)
    (void)fido_dev_get_retry_count(dev_.get(), &tries);
  return tries;
}

Error Device::failure(int status, std::string_view doing, int pin_tries_left) const {
  // libfido2's status for a U2F status word that it has no name for.
  if (status == FIDO_ERR_INTERNAL && !is_ctap2()) {
    return Error{Code::kUnreachable, "the token at " + name() + " does not respond as a U2F token", kReinsert}
        .in(doing);
  }
  return explain(status, {.token = name(),
                          .path = path_,
                          .fault = transport_->fault(),
                          .touch_awaited = transport_->touch_awaited(),
                          .pin_tries_left = pin_tries_left,
                          .timeout_seconds = static_cast<int>(timeout_.count()),
                          .pin_is_set = has_pin(),
                          .force_pin_change = info_.force_pin_change,
                          .min_pin_length = info_.min_pin_length})
      .in(doing);
}

}  // namespace halligan::fido
