// What cards, readers and libfido2 say to the card transport. The first byte chooses the parser; for an
// answer the rest is response APDUs, each behind its length.
#include <cstdlib>

#include "ctap/apdu.hpp"

using namespace halligan;
using namespace halligan::ctap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void answer(ByteView data) {
  ResponseApdu answer;
  while (!data.empty()) {
    const std::size_t size = data[0] > data.size() - 1 ? data.size() - 1 : data[0];
    const std::size_t before = answer.data().size();
    const bool taken = answer.add(data.subspan(1, size)).has_value();
    require(answer.data().size() <= ResponseApdu::kLargest);
    if (!taken) {
      require(answer.data().size() == before);
      return;
    }
    require(answer.data().size() == before + size - 2 && answer.status() != 0);
    if (!answer.incomplete()) return (void)fido_version(answer);
    data = data.subspan(1 + size);
  }
}

// What is understood is sent again in both forms, with nothing lost.
void message(ByteView data) {
  const auto command = u2f_message(data);
  if (!command) return;
  const auto whole = command_apdus(*command, true);
  require(whole.size() == 1 && same(ByteView(whole[0]).first(4), data.first(4)));
  const auto again = u2f_message(whole[0]);
  require(again && again->data == command->data);
  Bytes together;
  for (const Bytes& apdu : command_apdus(*command, false)) {
    require(apdu.size() <= 261);
    if (apdu.size() > 5) append(together, ByteView(apdu).subspan(5, apdu[4]));
  }
  require(together == command->data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      answer(rest);
      break;
    case 1:
      message(rest);
      break;
    case 2:
      (void)takes_extended_length(rest);
      break;
    case 3:
      (void)properties_code(rest);
      break;
    default:
      (void)largest_apdu_data(rest);
  }
  return 0;
}
