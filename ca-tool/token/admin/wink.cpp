#include <fido.h>

#include "token/admin/admin.hpp"
#include "token/admin/open_only_token.hpp"

namespace halligan::token {

// libfido2 1.12 has no function for it. @source CTAP 2.1, 11.2.9.2.1
Result<Winked> wink(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_only_token(context));
  if ((fido_dev_flags(device.get()) & FIDO_CAP_WINK) == 0) {
    return fail(Code::kUnreachable, "the token at " + device.name() + " cannot wink",
                "remove the others, or compare serial numbers with: halligan token list");
  }
  fido::Transport& transport = device.transport();
  if (!transport.send(fido::Command::kWink, {})) return fail(device.failure(FIDO_ERR_TX, "wink"));
  if (!transport.receive(fido::Command::kWink, {}, context.settings.timeout)) {
    return fail(device.failure(FIDO_ERR_RX, "wink"));
  }
  return Winked{device.name(), device.path()};
}

}  // namespace halligan::token
