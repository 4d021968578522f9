#include "unattended/assuan.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/codec.hpp"
#include "io/unix_socket.hpp"

namespace halligan::unattended {
namespace {

constexpr std::size_t kMostData = 16 * 1024;
constexpr std::size_t kMostLines = 256;
// Of errors of the connection; what the agent reports has other sources.
constexpr gpg_err_source_t kOurs = GPG_ERR_SOURCE_USER_1;

// libassuan itself waits for ever.
ssize_t read_in_time(assuan_context_t context, assuan_fd_t fd, void* buffer, std::size_t size) {
  const auto* until = static_cast<const io::Deadline*>(assuan_get_pointer(context));
  if (io::readable_until(fd, *until)) return __assuan_read(context, fd, buffer, size);
  errno = ETIMEDOUT;
  return -1;
}

// The farewell to an agent that has ended is not to end us.
ssize_t write_quietly(assuan_context_t /*context*/, assuan_fd_t fd, const void* buffer, std::size_t size) {
  return ::send(fd, buffer, size, MSG_NOSIGNAL);
}

assuan_system_hooks hooks_in_time() {
  assuan_system_hooks hooks{};
  hooks.version = ASSUAN_SYSTEM_HOOKS_VERSION;
  hooks.usleep = __assuan_usleep;
  hooks.pipe = __assuan_pipe;
  hooks.close = __assuan_close;
  hooks.read = read_in_time;
  hooks.write = write_quietly;
  hooks.recvmsg = __assuan_recvmsg;
  hooks.sendmsg = __assuan_sendmsg;
  hooks.spawn = __assuan_spawn;
  hooks.waitpid = __assuan_waitpid;
  hooks.socketpair = __assuan_socketpair;
  hooks.socket = __assuan_socket;
  hooks.connect = __assuan_connect;
  return hooks;
}

Refusal refusal_of(gpg_error_t error) {
  switch (gpg_err_code(error)) {
    case GPG_ERR_NO_ERROR:
      return Refusal::kNone;
    case GPG_ERR_BAD_PIN:
      return Refusal::kWrongPin;
    case GPG_ERR_PIN_BLOCKED:
      return Refusal::kPinBlocked;
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
    case GPG_ERR_NO_PIN_ENTRY:
      return Refusal::kCancelled;
    case GPG_ERR_CARD_NOT_PRESENT:
    case GPG_ERR_CARD_REMOVED:
    case GPG_ERR_ENODEV:
      return Refusal::kNoCard;
    case GPG_ERR_INV_NAME:
      return Refusal::kUnknownName;
    default:
      return Refusal::kOther;
  }
}

// One command while it is carried out.
struct Exchange {
  assuan_context_t context;
  const Pin* pin;
  GnupgReply reply{};
};

gpg_error_t take_data(void* opaque, const void* data, std::size_t size) {
  Bytes& into = static_cast<Exchange*>(opaque)->reply.data;
  if (size > kMostData - into.size()) return gpg_err_make(kOurs, GPG_ERR_TOO_LARGE);
  append(into, ByteView(static_cast<const std::uint8_t*>(data), size));
  return 0;
}

gpg_error_t take_line(void* opaque, const char* line) {
  auto& into = static_cast<Exchange*>(opaque)->reply.lines;
  if (into.size() == kMostLines) return gpg_err_make(kOurs, GPG_ERR_TOO_LARGE);
  into.emplace_back(line);
  return 0;
}

// The agent asks again after a PIN that was too long for it, or wrong: one try is enough.
gpg_error_t answer_inquiry(void* opaque, const char* /*keyword*/) {
  auto& exchange = *static_cast<Exchange*>(opaque);
  const Pin* const pin = std::exchange(exchange.pin, nullptr);
  if (pin == nullptr) return gpg_error(GPG_ERR_CANCELED);
  return assuan_send_data(exchange.context, pin->data(), pin->size());
}

}  // namespace

std::optional<std::string_view> GnupgReply::line(std::string_view keyword) const {
  for (const std::string_view each : lines) {
    if (each.starts_with(keyword) && each.substr(keyword.size()).starts_with(' '))
      return each.substr(keyword.size() + 1);
  }
  return std::nullopt;
}

Result<Assuan> Assuan::connect(const std::string& socket, io::Deadline until) {
  HALLIGAN_TRY(auto connection, io::UnixSocket::connect(socket));
  Assuan made;
  made.socket_ = printable(socket);
  made.until_ = std::make_unique<io::Deadline>(until);
  assuan_context_t context = nullptr;
  // Without a log, in which ASSUAN_DEBUG would have the PIN.
  if (assuan_new_ext(&context, kOurs, assuan_get_malloc_hooks(), nullptr, nullptr) != 0)
    return fail(Code::kInternal, "libassuan cannot be used");
  made.context_.reset(context);
  assuan_set_pointer(context, made.until_.get());
  auto hooks = hooks_in_time();
  assuan_ctx_set_system_hooks(context, &hooks);
  // The context owns the descriptor from here on.
  const gpg_error_t error = assuan_socket_connect_fd(context, std::move(connection).take().release(), 0);
  if (error != 0) return fail(Code::kUnreachable, made.socket_ + " does not answer as GnuPG's agent");
  return made;
}

Result<GnupgReply> Assuan::ask(const std::string& command, const Pin* pin) {
  Exchange exchange{.context = context_.get(), .pin = pin};
  const gpg_error_t error = assuan_transact(context_.get(), command.c_str(), take_data, &exchange,
                                            answer_inquiry, &exchange, take_line, &exchange);
  if (error != 0 && gpg_err_source(error) == kOurs)
    return fail(Code::kUnreachable, socket_ + " does not answer");
  exchange.reply.refusal = refusal_of(error);
  exchange.reply.why = printable(gpg_strerror(error));
  return std::move(exchange.reply);
}

}  // namespace halligan::unattended
