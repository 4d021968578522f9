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
      return {Code::kNotFound, "no token at " + name, "put the token in, or correct HALLIGAN_DEVICE"};
    case ENODEV:
      return {Code::kUnreachable, name + " is not a token", "name a device such as /dev/hidraw0"};
    case EBUSY:
      return {Code::kUnreachable, "another program is using the token at " + name,
              "let it finish, then try again"};
    case EACCES:
    case EPERM:
      return {Code::kUnreachable, "no permission to open the token at " + name,
              "run as root, or see which udev rule lets you in: halligan token list"};
    default:
      return errno_error(Code::kUnreachable, "open the token at " + name, transport.open_error());
  }
  if (status != FIDO_ERR_TX && status != FIDO_ERR_RX) {
    return {Code::kUnreachable, name + " does not answer as a FIDO2 token does: " + fido_strerr(status), {}};
  }
  return explain(status, {name, where.path, transport.fault(), false, -1, 0});
}

}  // namespace

std::string TokenPath::name() const { return product.empty() ? path : path + " (" + product + ")"; }

Device::Device(std::string path, std::unique_ptr<Transport> transport, Dev dev)
    : path_(std::move(path)), transport_(std::move(transport)), dev_(std::move(dev)) {}

Device::Device(Device&& other) noexcept = default;

Device::~Device() {
  if (dev_ != nullptr) fido_dev_close(dev_.get());
}

Result<Device> Device::open(const TokenPath& where, const Settings& settings, Presence* presence) {
  // Thread-local inside libfido2, and an agent's thread may be new: in front of every use.
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
  auto transport = make_transport(where, settings, presence);
  Dev dev(fido_dev_new());
  if (dev == nullptr) throw std::bad_alloc();
  if (fido_dev_set_timeout(dev.get(), static_cast<int>(settings.timeout.count()) * 1000) != FIDO_OK ||
      attach(dev.get(), *transport) != FIDO_OK) {
    return fail(Code::kInternal, "libfido2 refused its transport functions");
  }
  // libfido2 has ways of its own for the paths of cards, which would take the place of ours.
  const char* path = reader_of(where.path) ? "card" : where.path.c_str();
  if (const int status = fido_dev_open(dev.get(), path); status != FIDO_OK) {
    return fail(open_failure(where, *transport, status));
  }
  debug("opened the token at " + where.name());
  Device device(where.path, std::move(transport), std::move(dev));
  device.timeout_ = settings.timeout;
  if (auto info = ctap::Info::parse(device.transport_->info())) device.info_ = *std::move(info);
  return device;
}

Error Device::failure(int status, std::string_view doing) {
  // What libfido2 calls a status word of U2F that it has no name for.
  if (status == FIDO_ERR_INTERNAL && !is_ctap2()) {
    return Error{Code::kUnreachable, "the token at " + name() + " does not answer as a U2F token does",
                 "take it out, put it back in and try again"}
        .in(doing);
  }
  FailureContext context{name(),
                         path_,
                         transport_->fault(),
                         transport_->touch_awaited(),
                         -1,
                         static_cast<int>(timeout_.count()),
                         has_pin(),
                         info_.new_pin_wanted,
                         info_.least_pin};
  if (status == FIDO_ERR_PIN_INVALID && !context.new_pin_wanted) {
    (void)fido_dev_get_retry_count(dev_.get(), &context.pin_tries_left);
  }
  if (status == FIDO_ERR_RX && context.touch_awaited) (void)fido_dev_cancel(dev_.get());
  return explain(status, context).in(doing);
}

}  // namespace halligan::fido
