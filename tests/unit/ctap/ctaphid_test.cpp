#include "ctap/ctaphid.hpp"

#include <catch2/catch.hpp>
#include <numeric>

using namespace halligan;
using State = ctaphid::Assembler::State;

namespace {

constexpr ctaphid::Channel kChannel{1, 2, 3, 4};
constexpr std::uint8_t kCbor = 0x10;

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

// An answer of `size` bytes cut and put together in a buffer of `room` bytes: the last state.
State round_trip(std::size_t size, std::size_t room, Bytes& got) {
  const Bytes message = counting(size);
  got.assign(room, 0);
  ctaphid::Assembler answer(kChannel, kCbor, got);
  State state = State::kMore;
  for (std::size_t i = 0; i < ctaphid::packets_of(size); ++i) {
    REQUIRE(state == State::kMore);
    state = answer.take(ctaphid::make_packet(kChannel, kCbor, message, i));
    if (state == State::kBroken) return state;
  }
  got.resize(answer.size());
  return state;
}

}  // namespace

TEST_CASE("a CTAPHID message is cut and put together again, whatever its length") {
  for (const std::size_t size :
       std::initializer_list<std::size_t>{0, 1, 56, 57, 58, 115, 116, 117, 2048, 7608, 7609}) {
    INFO("size " << size);
    Bytes got;
    CHECK(round_trip(size, ctaphid::kLargestMessage, got) == State::kDone);
    CHECK(got == counting(size));
    CHECK(round_trip(size, size, got) == State::kDone);
    if (size > 0) CHECK(round_trip(size, size - 1, got) == State::kBroken);
  }
  CHECK(ctaphid::kLargestMessage == 7609);  // CTAP 2.1, 11.2.4
}

TEST_CASE("the bytes of CTAPHID reports are those of CTAP 2.1, 11.2.4") {
  const Bytes message = counting(60);
  const auto first = ctaphid::make_packet(kChannel, kCbor, message, 0);
  CHECK(to_bytes(ByteView(first).first(8)) == Bytes{1, 2, 3, 4, 0x90, 0, 60, 1});
  CHECK(first[63] == 57);
  const auto next = ctaphid::make_packet(kChannel, kCbor, message, 1);
  CHECK(to_bytes(ByteView(next).first(9)) == Bytes{1, 2, 3, 4, 0, 58, 59, 60, 0});
  CHECK(next[63] == 0);
}

TEST_CASE("reports that are no part of the answer") {
  Bytes buffer(100);
  ctaphid::Assembler answer(kChannel, kCbor, buffer);
  const Bytes message = counting(60);

  SECTION("another channel's, and the rest of an older answer") {
    CHECK(answer.take(ctaphid::make_packet(ctaphid::kBroadcast, kCbor, message, 0)) == State::kIgnored);
    CHECK(answer.take(ctaphid::make_packet(kChannel, kCbor, message, 1)) == State::kIgnored);
    CHECK(answer.take(ctaphid::make_packet(kChannel, kCbor, message, 0)) == State::kMore);
    CHECK(answer.take(ctaphid::make_packet(ctaphid::kBroadcast, kCbor, message, 1)) == State::kIgnored);
    CHECK(answer.take(ctaphid::make_packet(kChannel, kCbor, message, 1)) == State::kDone);
  }
  SECTION("keep-alives and errors carry a code") {
    const Bytes present{ctaphid::kUserPresenceNeeded};
    CHECK(answer.take(ctaphid::make_packet(kChannel, ctaphid::kKeepaliveCommand, present, 0)) ==
          State::kKeepalive);
    CHECK(answer.code() == 2);
    const Bytes busy{ctaphid::kChannelBusy};
    CHECK(answer.take(ctaphid::make_packet(kChannel, ctaphid::kErrorCommand, busy, 0)) == State::kError);
    CHECK(answer.code() == 6);
    CHECK(answer.take(ctaphid::make_packet(kChannel, ctaphid::kKeepaliveCommand, {}, 0)) == State::kBroken);
    CHECK(answer.take(ctaphid::make_packet(kChannel, ctaphid::kErrorCommand, message, 0)) == State::kBroken);
  }
  SECTION("the answer to another command") {
    CHECK(answer.take(ctaphid::make_packet(kChannel, 0x03, message, 0)) == State::kBroken);
  }
  SECTION("a report too early, a report twice, a first one in the middle") {
    const Bytes longer = counting(100);
    CHECK(ctaphid::packets_of(200) == 4);
    Bytes room(200);
    ctaphid::Assembler three(kChannel, kCbor, room);
    const Bytes four = counting(200);
    CHECK(three.take(ctaphid::make_packet(kChannel, kCbor, four, 0)) == State::kMore);
    CHECK(three.take(ctaphid::make_packet(kChannel, kCbor, four, 2)) == State::kBroken);
    CHECK(answer.take(ctaphid::make_packet(kChannel, kCbor, longer, 0)) == State::kMore);
    CHECK(answer.take(ctaphid::make_packet(kChannel, kCbor, longer, 0)) == State::kBroken);
  }
}
