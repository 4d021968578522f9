// A token's CBOR: what is let through costs little to read, and reads the same when it is written again.
#include <cstdlib>

#include "ctap/cbor.hpp"
#include "ctap/info.hpp"

using namespace halligan;

namespace {

std::size_t walk(const ctap::Value& value) {
  std::size_t seen = 1;
  (void)value.integer();
  (void)value.boolean();
  (void)value.bytes();
  (void)value.text();
  for (const ctap::Value& item : value.items()) seen += walk(item);
  for (const auto& [name, inner] : value.text_pairs()) seen += walk(inner);
  for (const int key : {-3, -2, -1, 1, 2, 3, 4, 5, 10}) {
    if (const ctap::Value inner = value.find(key)) seen += walk(inner);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView encoded{data, size};
  (void)ctap::Info::parse(encoded);
  const auto value = ctap::Value::parse(encoded);
  if (!value) return 0;
  if (walk(value) == 0) std::abort();
  const Bytes again = value.encoded();
  const auto second = ctap::Value::parse(again);
  if (!second || second.encoded() != again) std::abort();
  return 0;
}
