// What comes over the socket of the PIN holder, in both directions: what is accepted is framed to the same
// bytes.
#include "pin_holder/message.hpp"
#include "ssh/check.hpp"

using namespace halligan;

namespace {

template <typename Message>
void check(const Result<Message>& parsed, ByteView message) {
  if (!parsed) return;
  const Bytes again = pin_holder::frame(*parsed);
  const ByteView framed(again);
  const auto size = pin_holder::parse_head(framed.first(pin_holder::kFrameHead));
  demand(size.has_value() && *size == message.size() &&
         same(framed.subspan(pin_holder::kFrameHead), message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > pin_holder::kLargestMessage) return 0;
  const ByteView message(data, size);
  const auto call = pin_holder::parse_call(message);
  const auto answer = pin_holder::parse_answer(message);
  demand(!call || !answer);
  check(call, message);
  check(answer, message);
  if (const auto* asked = call ? std::get_if<pin_holder::SignCall>(&*call) : nullptr)
    demand(!asked->application.empty() && asked->application.find('\0') == std::string::npos &&
           !asked->key_handle.empty());
  if (size >= pin_holder::kFrameHead) {
    const auto head = pin_holder::parse_head(message.first(pin_holder::kFrameHead));
    demand(!head || (*head > 0 && *head <= pin_holder::kLargestMessage));
  }
  return 0;
}
