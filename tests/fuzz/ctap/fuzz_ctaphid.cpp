// Answers of a token, cut into reports: the input is the room for the answer, then report after report.
#include <algorithm>
#include <cstdlib>

#include "ctap/ctaphid.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using State = ctaphid::Assembler::State;
  if (size < 2) return 0;
  const std::size_t room = (static_cast<std::size_t>(data[0]) << 8 | data[1]) % 8192;
  ByteView rest(data + 2, size - 2);
  // Exactly as large as it may be filled, so that a byte too many is noticed.
  Bytes buffer(room);
  buffer.shrink_to_fit();
  ctaphid::Assembler answer({1, 2, 3, 4}, 0x10, buffer);
  State state = State::kIgnored;
  while (!rest.empty() && (state == State::kIgnored || state == State::kMore || state == State::kKeepalive)) {
    ctaphid::Report report{};
    const std::size_t count = std::min(rest.size(), report.size());
    std::copy_n(rest.begin(), count, report.begin());
    rest = rest.subspan(count);
    state = answer.take(report);
  }
  if (state != State::kDone) return 0;
  if (answer.size() > room) std::abort();
  // What was understood is cut into reports that are understood the same.
  const ByteView message = ByteView(buffer).first(answer.size());
  Bytes again(message.size());
  ctaphid::Assembler second({1, 2, 3, 4}, 0x10, again);
  for (std::size_t i = 0; i < ctaphid::packets_of(message.size()); ++i) {
    state = second.take(ctaphid::make_packet({1, 2, 3, 4}, 0x10, message, i));
  }
  if (state != State::kDone || !same(again, message)) std::abort();
  return 0;
}
