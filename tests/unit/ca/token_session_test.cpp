#include "ca/token_session.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace halligan;

namespace {

// Gives the PINs it was made with, one after the other, and remembers why it was asked.
class Script final : public ca::PinSource {
 public:
  explicit Script(std::vector<std::string> pins) : pins_(std::move(pins)) {}

  Result<Pin> ask(const std::optional<Error>& wrong) override {
    reasons.push_back(wrong ? wrong->message : "first");
    if (next_ == pins_.size()) return fail(Code::kNeedsPerson, "nobody there");
    Pin pin;
    (void)pin.append(as_bytes(pins_[next_++]));
    return pin;
  }

  std::vector<std::string> reasons;

 private:
  std::vector<std::string> pins_;
  std::size_t next_ = 0;
};

// A token whose PIN is 1234, and that counts what it is given.
struct FakeToken {
  int tries = 0;
  Result<int> operator()(const fido::Context& context) {
    if (context.pin == nullptr) return fail(Code::kPinRequired, "wants its PIN");
    ++tries;
    if (as_text(context.pin->view()) != "1234") return fail(Code::kPinRequired, "wrong PIN");
    return 1;
  }
};

}  // namespace

TEST_CASE("a PIN is asked for once in a session") {
  Script pins({"1234"});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  FakeToken token;
  CHECK(session.run(std::ref(token)).value() == 1);
  CHECK(session.run(std::ref(token)).value() == 1);
  CHECK(pins.reasons == std::vector<std::string>{"first"});
  CHECK(token.tries == 2);
}

TEST_CASE("no PIN is asked for when none is wanted") {
  Script pins({});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  CHECK(session.run([](const fido::Context&) -> Result<int> { return 5; }).value() == 5);
  CHECK(pins.reasons.empty());
}

TEST_CASE("a mistyped PIN may be corrected, and is not given again by itself") {
  Script pins({"1243", "1234"});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  FakeToken token;
  CHECK(session.run(std::ref(token)).value() == 1);
  CHECK(pins.reasons == std::vector<std::string>{"first", "wrong PIN"});
  CHECK(token.tries == 2);
}

TEST_CASE("three wrong PINs are enough") {
  Script pins({"a", "b", "c", "1234"});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  FakeToken token;
  CHECK(session.run(std::ref(token)).error().message == "wrong PIN");
  CHECK(token.tries == ca::kMostPinTries);
}

TEST_CASE("when nobody corrects a wrong PIN, that it was wrong is what is said") {
  Script pins({"a"});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  FakeToken token;
  CHECK(session.run(std::ref(token)).error().message == "wrong PIN");
  CHECK(token.tries == 1);
}

TEST_CASE("with nobody to ask, that is what is said") {
  Script pins({});
  ca::TokenSession session({}, std::nullopt, nullptr, pins);
  FakeToken token;
  const auto result = session.run(std::ref(token));
  CHECK(result.error().message == "nobody there");
  CHECK(result.error().code == Code::kNeedsPerson);
  CHECK(token.tries == 0);
}
