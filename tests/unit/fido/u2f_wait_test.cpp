#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

#include "fido/transport/transport.hpp"
#include "fido/transport/u2f_message.hpp"

using namespace halligan;
using namespace halligan::fido;

namespace {

const Bytes kRegister{0, 1, 0, 0, 0, 0, 64};
const Bytes kEnforce{0, 2, 3, 0, 0, 0, 65};
const Bytes kCheckOnly{0, 2, 7, 0, 0, 0, 65};
const Bytes kNotYet{0x69, 0x85};
const Bytes kGood{0x05, 0x90, 0x00};

class Watch : public Presence {
 public:
  int told = 0;
  int over = 0;
  int cancel_after = -1;
  void touch_awaited(std::string_view, std::chrono::seconds) override { ++told; }
  void touch_over() override { ++over; }
  bool cancelled() override { return cancel_after >= 0 && told > cancel_after; }
};

/// Answers what it is told to, then nothing.
class FakeTransport : public Transport {
 public:
  explicit FakeTransport(Watch* watch) : Transport("a token", watch) {}
  std::deque<Bytes> answers;
  bool endless = false;  ///< the last answer again and again
  std::vector<Bytes> sent;
  bool broken = false;

  bool open(const char*) override { return true; }
  void close() override {}
  bool send(Command, ByteView body) override {
    touch_awaited_ = false;
    if (broken) fault_ = Fault::kGone;
    sent.push_back(to_bytes(body));
    return !broken;
  }
  std::optional<std::size_t> receive(Command, std::span<std::uint8_t> body,
                                     std::chrono::milliseconds) override {
    if (answers.empty()) {
      fault_ = Fault::kTimeout;
      return std::nullopt;
    }
    const Bytes next = answers.front();
    if (!endless || answers.size() > 1) answers.pop_front();
    std::copy(next.begin(), next.end(), body.begin());
    return next.size();
  }
};

struct Conversation {
  Watch watch;
  FakeTransport transport{&watch};
  Bytes body = Bytes(64);

  std::optional<std::size_t> run(const Bytes& request, std::deque<Bytes> answers, int patience = 5000) {
    transport.answers = std::move(answers);
    REQUIRE(transport.ask(Command::kMessage, request));
    return wait(patience);
  }
  std::optional<std::size_t> wait(int patience) {
    return transport.answer(Command::kMessage, body, std::chrono::milliseconds(patience));
  }
};

}  // namespace

TEST_CASE("U2F messages that wait for a touch, and the answer that says so") {
  CHECK(u2f_wants_touch(kRegister));
  CHECK(u2f_wants_touch(kEnforce));
  CHECK_FALSE(u2f_wants_touch(kCheckOnly));
  CHECK_FALSE(u2f_wants_touch(Bytes{0, 2, 8, 0}));
  CHECK_FALSE(u2f_wants_touch(Bytes{0, 3, 0, 0}));
  CHECK_FALSE(u2f_wants_touch(Bytes{0, 1}));
  CHECK(u2f_not_yet(kNotYet));
  CHECK(u2f_not_yet(Bytes{0x69, 0x85, 0x90, 0x00}));
  CHECK_FALSE(u2f_not_yet(Bytes{0x69}));
  CHECK_FALSE(u2f_not_yet(Bytes{0x6a, 0x80}));
}

TEST_CASE("a U2F token is asked again until it is touched, and the person is told") {
  Conversation talk;
  CHECK(talk.run(kEnforce, {kNotYet, kNotYet, kGood}) == kGood.size());
  CHECK(talk.transport.sent == std::vector<Bytes>(3, kEnforce));
  CHECK(talk.watch.told == 2);
  CHECK(talk.watch.over == 1);
  CHECK_FALSE(talk.transport.touch_awaited());
}

TEST_CASE("an answer at once is told to nobody, and other messages are asked once") {
  Conversation talk;
  CHECK(talk.run(kRegister, {kGood}) == kGood.size());
  CHECK(talk.run(kCheckOnly, {kNotYet}) == kNotYet.size());
  CHECK(talk.transport.sent.size() == 2);
  CHECK(talk.watch.told + talk.watch.over == 0);
}

TEST_CASE("a touch that does not come ends with the patience") {
  Conversation talk;
  talk.transport.endless = true;
  CHECK_FALSE(talk.run(kRegister, {kNotYet}, 50));
  CHECK(talk.transport.fault() == Transport::Fault::kTimeout);
  CHECK(talk.transport.touch_awaited());
  CHECK(talk.watch.over == 1);
  SECTION("and can be waited for further") {
    talk.transport.answers = {kGood};
    CHECK(talk.wait(50) == kGood.size());
    CHECK(talk.transport.sent.size() == 2);
    CHECK(talk.watch.over == 2);
  }
}

TEST_CASE("a person who wants out is heard before the token is asked again") {
  Conversation talk;
  talk.transport.endless = true;
  talk.watch.cancel_after = 0;
  CHECK_FALSE(talk.run(kEnforce, {kNotYet}));
  CHECK(talk.transport.fault() == Transport::Fault::kCancelled);
  CHECK(talk.transport.sent.size() == 1);
  CHECK(talk.watch.over == 1);
}

TEST_CASE("a U2F token that goes silent, or away, while it waits") {
  Conversation talk;
  SECTION("silent: what is on its way is not asked for twice") {
    CHECK_FALSE(talk.run(kEnforce, {kNotYet}));
    CHECK(talk.transport.fault() == Transport::Fault::kTimeout);
    CHECK_FALSE(talk.wait(50));
    CHECK(talk.transport.sent.size() == 2);
  }
  SECTION("away") {
    talk.transport.endless = true;
    CHECK_FALSE(talk.run(kEnforce, {kNotYet}, 50));
    talk.transport.broken = true;
    CHECK_FALSE(talk.wait(50));
    CHECK(talk.transport.fault() == Transport::Fault::kGone);
  }
  CHECK(talk.transport.touch_awaited());
}
