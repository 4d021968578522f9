// U2F: any APDU, and any sequence of them to a token that knows one handle. A record is two bytes of length
// and the APDU; the handle stands wherever a record has the byte 0xff for the length of a handle and room
// behind it.
#include <algorithm>
#include <cstdlib>

#include "base/reader.hpp"
#include "softkey/authenticator.hpp"
#include "unit/softkey/fake_env.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

constexpr std::size_t kHandleAt = 64;  // behind challenge and application
constexpr std::uint8_t kHandleHere = 0xff;

void require(bool holds) {
  if (!holds) std::abort();
}

// What is accepted is encoded again as it was, but for the empty field of data that the standard does not
// have.
void check_apdu(ByteView input) {
  const auto apdu = Apdu::parse(input);
  if (!apdu) return require(apdu.error() == StatusWord::kWrongLength);
  const Bytes encoded = apdu->encode();
  const bool empty_field = apdu->extended && apdu->data.empty() && input.size() == 9;
  require(same(encoded, input) || empty_field);
  const auto again = Apdu::parse(encoded);
  require(again && again->data == apdu->data && again->longest_answer == apdu->longest_answer);
}

Bytes with_handle(ByteView message, const Bytes& handle) {
  auto apdu = Apdu::parse(message);
  if (!apdu || apdu->data.size() <= kHandleAt || apdu->data[kHandleAt] != kHandleHere)
    return to_bytes(message);
  apdu->data.resize(kHandleAt);
  std::fill(apdu->data.begin() + 32, apdu->data.end(), std::uint8_t{0x22});
  apdu->data.push_back(static_cast<std::uint8_t>(handle.size()));
  append(apdu->data, handle);
  if (!apdu->extended && apdu->data.size() > 255) return to_bytes(message);
  return apdu->encode();
}

/// The state before every run, and a handle of its: made once.
struct Start {
  Bytes state;
  Bytes handle;
};

Settings u2f_settings() {
  Settings settings;
  settings.ctap = CtapVersion::kU2f;
  return settings;
}

const Start& start() {
  static const Start made = [] {
    FakeEnv env;
    State fresh = new_state(env);
    const Bytes state = to_bytes(encode(fresh)->view());
    Authenticator token(u2f_settings(), env, std::move(fresh));
    const Apdu enroll{0, 1, 0, 0, Bytes(kHandleAt, 0x22), true, 65536};
    const Bytes answer = token.handle_u2f(enroll.encode());
    return Start{state, Bytes(answer.begin() + 67, answer.begin() + 67 + answer[66])};
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_apdu({data, size});
  FakeEnv env;
  Authenticator token(u2f_settings(), env, decode_state(start().state).value());
  Reader reader(ByteView(data, size));
  for (int messages = 0; messages < 16 && reader.left() >= 2; ++messages) {
    const std::size_t wanted = *reader.u16();
    const std::size_t length = std::min(wanted, reader.left());
    const Bytes message = with_handle(*reader.take(length), start().handle);
    check_apdu(message);
    const std::uint32_t counter = token.state().counter;
    const Bytes answer = token.handle_u2f(message);
    require(answer.size() >= 2);
    const bool good = answer[answer.size() - 2] == 0x90 && answer.back() == 0x00;
    require(good || answer.size() == 2);
    // A signature costs a count, and nothing else does.
    const bool signed_one = good && token.trace().command == "AUTHENTICATE";
    require(token.state().counter == counter + (signed_one ? 1 : 0));
  }
  return 0;
}
