// A hostile token: it opens a channel honestly, and then each record of the input is its answer to one
// request, through libfido2 and through our own CTAP requests alike. Nothing may crash or allocate without
// bounds, and no lie may pass for a key or a signature of what was asked for.
//
// Input: one byte that chooses the operation, then records of a 16-bit length (big-endian) and as many bytes.
#include <fido.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/reader.hpp"
#include "ctap/auth_data.hpp"
#include "fido/request.hpp"
#include "fido/transport/transports.hpp"
#include "token/admin/admin.hpp"

using namespace halligan;
using fido::Command;

// libfido2 waits between its U2F polls.
extern "C" int nanosleep(const struct timespec*, struct timespec*) { return 0; }
extern "C" int usleep(useconds_t) { return 0; }

namespace {

constexpr std::uint8_t kWinkAndCbor = 0x01 | 0x04;
constexpr std::uint8_t kWinkOnly = 0x01;

ByteView answers;
bool speaks_cbor = true;

class HostileTransport : public fido::Transport {
 public:
  HostileTransport() : Transport("hostile", nullptr) {}
  bool open(const char*) override { return true; }
  void close() override {}

  bool send(Command command, ByteView body) override {
    if (command == Command::kInit) nonce_ = to_bytes(body);
    return true;
  }

  std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                     std::chrono::milliseconds) override {
    if (command == Command::kInit) {
      Bytes init = nonce_;
      append(init, Bytes{0, 0, 0, 1, 2, 1, 0, 0, speaks_cbor ? kWinkAndCbor : kWinkOnly});
      std::copy(init.begin(), init.end(), body.begin());
      return init.size();
    }
    Reader reader(answers);
    const auto size = reader.u16();
    if (!size) {
      fault_ = Fault::kGone;
      return std::nullopt;
    }
    const auto record = reader.take(std::min<std::size_t>(*size, reader.left()));
    answers = reader.rest();
    if (record->size() > body.size()) return std::nullopt;
    std::copy(record->begin(), record->end(), body.begin());
    return record->size();
  }

 private:
  Bytes nonce_;
};

}  // namespace

// In place of make_transport(), by the linker's --wrap: what is under test is the library as it is.
std::unique_ptr<fido::Transport>
hostile_transport(const fido::TokenPath&, const fido::Settings&, fido::Presence*) asm(
    "__wrap__ZN8halligan4fido14make_transportERKNS0_9TokenPathERKNS0_8SettingsEPNS0_8PresenceE");
std::unique_ptr<fido::Transport> hostile_transport(const fido::TokenPath&, const fido::Settings&,
                                                   fido::Presence*) {
  return std::make_unique<HostileTransport>();
}

namespace {

void administer(const fido::Context& context, unsigned how) {
  if ((how & 0x20) != 0) {
    const auto info = token::read_info(context);
    if (info && !info->aaguid.empty() && info->aaguid.size() != 16) std::abort();
    (void)token::wink(context);
    return;
  }
  const auto stored = token::stored_keys(context);
  for (const auto& key : stored ? stored->keys : std::vector<fido::ResidentKey>()) {
    const std::size_t size = !key.algorithm ? 0 : key.algorithm == fido::Algorithm::kEcdsa ? 65 : 32;
    if (key.public_key.size() != size) std::abort();
    if (key.protection < 0 || key.protection > 3) std::abort();
    (void)token::rename_stored_key(context, key);
    (void)token::delete_stored_key(context, key);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned how = data[0];
  answers = {data + 1, size - 1};
  speaks_cbor = (how & 0x80) == 0;

  Pin pin;
  (void)pin.append(as_bytes("314159"));
  fido::Context context;
  context.device = "/dev/hostile";
  if ((how & 0x04) != 0) context.pin = &pin;
  const auto algorithm = (how & 0x08) != 0 ? fido::Algorithm::kEd25519 : fido::Algorithm::kEcdsa;

  switch (how & 0x03) {
    case 0: {
      fido::EnrollRequest request;
      request.algorithm = algorithm;
      request.application = "ssh:";
      request.challenge = as_bytes("challenge");
      request.resident = (how & 0x10) != 0;
      request.verify = (how & 0x20) != 0;
      request.overwrite = (how & 0x40) != 0;
      const auto key = fido::enroll(context, request);
      if (key && key->public_key.size() != (algorithm == fido::Algorithm::kEcdsa ? 65U : 32U)) std::abort();
      if (key && !ctap::is_for_application(key->auth_data, request.application)) std::abort();
      break;
    }
    case 1: {
      fido::SignRequest request;
      request.algorithm = algorithm;
      request.application = "ssh:";
      request.message = as_bytes("message");
      request.key_handle = as_bytes("0123456789abcdef");
      request.touch = (how & 0x10) != 0;
      request.verify = (how & 0x20) != 0;
      const auto assertion = fido::sign(context, request).assertion;
      if (!assertion) break;
      if (request.touch && (assertion->flags & fido::kUserPresent) == 0) std::abort();
      if (request.verify && (assertion->flags & fido::kUserVerified) == 0) std::abort();
      if (assertion->signature.size() > (algorithm == fido::Algorithm::kEcdsa ? 32U : 64U)) std::abort();
      break;
    }
    default: {
      if ((how & 0x10) != 0) {
        administer(context, how);
        break;
      }
      const auto keys =
          (how & 1) != 0 ? fido::resident_keys_of(context, "ssh:") : fido::list_resident(context, "ssh:");
      for (const auto& key : keys.value_or(std::vector<fido::ResidentKey>())) {
        if (!key.application.starts_with("ssh:") || key.key_handle.empty()) std::abort();
        if (key.public_key.size() != (key.algorithm == fido::Algorithm::kEcdsa ? 65U : 32U)) std::abort();
      }
    }
  }
  return 0;
}
