#include "softkey/settings.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "softkey/hid_transport.hpp"
#include "softkey/session.hpp"
#include "softkey/status.hpp"
#include "softkey/touch_source.hpp"

using namespace halligan;
using namespace halligan::softkey;

TEST_CASE("every misbehaviour has a name that works, and nothing else does") {
  const auto names = misbehaviour_names();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  for (const std::string& name : names) {
    Misbehaviour how;
    const std::string given = name == "hang-after=N" ? "hang-after=3" : name;
    INFO(given);
    CHECK(misbehave(how, given));
    if (name == "hang-after=N") CHECK(how.hang_after == 3);
  }
  Misbehaviour how;
  for (const char* bad :
       {"", "nicely", "hang-after", "hang-after=", "hang-after=x", "hang-after=1x", "hang-after=-1"})
    CHECK(misbehave(how, bad).error().code == Code::kUsage);
  CHECK_FALSE(how.hang_after);
}

TEST_CASE("--touch says when") {
  CHECK(parse_touch("auto")->mode == TouchMode::kAuto);
  CHECK(parse_touch("ask")->mode == TouchMode::kAsk);
  CHECK(parse_touch("never")->mode == TouchMode::kNever);
  CHECK(parse_touch("250")->after_ms == 250);
  for (const char* bad : {"", "soon", "-1", "1s", "99999999999999999999"})
    CHECK(parse_touch(bad).error().code == Code::kUsage);
}

TEST_CASE("a line of the log") {
  Exchange exchange{0x2a, HidCommand::kCbor, 143, 789, "0x00:OK", {}};
  exchange.trace = {"getAssertion", "-", {{}, false, true}, "ssh:a b\n"};
  CHECK(log_line(exchange, 123) ==
        "time=123 channel=0000002a hid=CBOR ctap=getAssertion sub=- in=143 out=789 status=0x00:OK up=0 uv=1 "
        "rk=- "
        "rp=ssh:a\\x20b\\x0a");
  CHECK(log_line({1, static_cast<HidCommand>(0x22), 0, 1, "error:INVALID_CMD", {}}, 1) ==
        "time=1 channel=00000001 hid=0x22 ctap=- sub=- in=0 out=1 status=error:INVALID_CMD up=- uv=- rk=- "
        "rp=-");
}
