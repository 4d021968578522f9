#include <catch2/catch.hpp>

#include "ca/policy_binding.hpp"
#include "crypto/digest.hpp"
#include "unattended/check.hpp"
#include "unattended/environment.hpp"
#include "unattended/unlock.hpp"
#include "unattended/user_agent.hpp"

using namespace halligan;
using namespace halligan::unattended;

namespace {

fido::ResidentKey resident_key(const std::string& application, bool verify = false,
                               const std::string& display_name = {}) {
  fido::ResidentKey key;
  key.application = application;
  key.key_handle = Bytes(16, 7);
  key.display_name = display_name;
  key.algorithm = fido::Algorithm::kEd25519;
  key.public_key = Bytes(32, 9);
  key.verify = verify;
  return key;
}

}  // namespace

TEST_CASE("which resident keys are for jobs") {
  const auto label = ca::format_key_label({.comment = "CA", .policy = crypto::Sha256{}});
  REQUIRE(label);
  const std::vector<fido::ResidentKey> keys{resident_key("ssh:a"),
                                            resident_key("ssh:b"),
                                            resident_key("ssh:a", true),
                                            resident_key("ssh:emergency-ca"),
                                            resident_key("ssh:other-ca"),
                                            resident_key("ssh:bound", false, label.value()),
                                            resident_key("ssh:careful", true)};
  struct Row {
    std::vector<std::string> names;
    std::vector<std::string> chosen;  ///< applications
    std::size_t left_out;
    std::optional<Code> error;
  };
  const auto row = GENERATE(values<Row>({
      {{}, {"ssh:a", "ssh:b"}, 5, {}},
      {{"b"}, {"ssh:b"}, 0, {}},
      {{"ssh:b", "b"}, {"ssh:b"}, 0, {}},
      {{"emergency-ca"}, {"ssh:emergency-ca"}, 0, {}},
      {{"bound", "other-ca"}, {"ssh:other-ca", "ssh:bound"}, 0, {}},
      {{"a"}, {}, 0, Code::kUnsupported},
      {{"careful"}, {}, 0, Code::kUnsupported},
      {{"b", "none"}, {}, 0, Code::kNotFound},
      {{"SSH:b"}, {}, 0, Code::kNotFound},
      {{""}, {}, 0, Code::kNotFound},
  }));
  std::vector<std::string> left_out;
  const auto chosen = choose_keys(keys, row.names, {"ssh:other-ca"}, false, left_out);
  CHECK(left_out.size() == row.left_out);
  REQUIRE(chosen.has_value() == !row.error.has_value());
  if (!chosen) {
    CHECK(chosen.error().code == *row.error);
    return;
  }
  std::vector<std::string> applications;
  for (const auto& each : *chosen) {
    applications.push_back(each.key.application());
    CHECK(each.flags == 0x20);  // resident, and no touch
    CHECK(each.key_handle == Bytes(16, 7));
  }
  CHECK(applications == row.chosen);
}

TEST_CASE("a key is meant by its application or its fingerprint; what is no key is left out") {
  std::vector<std::string> left_out;
  auto odd = resident_key("ssh:odd");
  odd.public_key.pop_back();
  auto other = resident_key("ssh:b");
  other.public_key[0] = 1;
  const std::vector<fido::ResidentKey> keys{odd, resident_key("ssh:b"), other};
  const auto all = choose_keys(keys, {}, {"ssh:other-ca"}, false, left_out);
  REQUIRE(all);
  CHECK(all->size() == 2);
  CHECK(left_out.size() == 1);
  const auto one = choose_keys(keys, {crypto::fingerprint((*all)[1].key)}, {"ssh:other-ca"}, false, left_out);
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  CHECK((*one)[0].key == (*all)[1].key);
}

TEST_CASE("no keys at all, or only a CA's") {
  std::vector<std::string> left_out;
  CHECK(choose_keys({}, {}, {"ssh:other-ca"}, false, left_out).error().code == Code::kNotFound);
  CHECK(choose_keys({resident_key("ssh:emergency-ca")}, {}, {"ssh:other-ca"}, false, left_out).error().code ==
        Code::kNotFound);
  CHECK(left_out.size() == 1);
}

TEST_CASE("whether the PIN may be asked for") {
  struct Row {
    std::optional<bool> pin;
    std::optional<std::uint64_t> tries;
    bool replug;
    bool change;
    std::optional<Code> refused;
    std::optional<Code> forced;
  };
  const auto row = GENERATE(values<Row>({
      {true, 8, false, false, {}, {}},
      {true, 3, false, false, {}, {}},
      {true, 2, false, false, Code::kNeedsPerson, {}},
      {true, 1, false, false, Code::kNeedsPerson, {}},
      {true, 0, false, false, Code::kNeedsPerson, Code::kNeedsPerson},
      {true, 5, true, false, Code::kNeedsPerson, Code::kNeedsPerson},
      {true, 8, false, true, Code::kNeedsPerson, Code::kNeedsPerson},
      {true, {}, false, false, {}, {}},
      {false, {}, false, false, Code::kUnsupported, Code::kUnsupported},
      {{}, {}, false, false, Code::kUnsupported, Code::kUnsupported},
  }));
  token::TokenInfo info;
  if (row.pin) info.options = {{"clientPin", *row.pin}};
  info.pin_tries = row.tries;
  info.replug_required = row.replug;
  info.force_pin_change = row.change;
  for (const bool force : {false, true}) {
    const auto state = check_pin_state(info, force);
    const auto& expected = force ? row.forced : row.refused;
    REQUIRE(state.has_value() == !expected.has_value());
    if (!state) CHECK(state.error().code == *expected);
  }
}

TEST_CASE("the agent's variable, in each form") {
  struct Row {
    Form form;
    std::string path;
    std::string line;  ///< empty: cannot be said
  };
  const auto row = GENERATE(values<Row>({
      {Form::kSh, "/run/a", "SSH_AUTH_SOCK='/run/a'; export SSH_AUTH_SOCK;\n"},
      {Form::kSh, "/it's", "SSH_AUTH_SOCK='/it'\\''s'; export SSH_AUTH_SOCK;\n"},
      {Form::kSh, "/$(x)", "SSH_AUTH_SOCK='/$(x)'; export SSH_AUTH_SOCK;\n"},
      {Form::kSh, "/a\nb", ""},
      {Form::kCsh, "/it's!", "setenv SSH_AUTH_SOCK '/it'\\''s\\!';\n"},
      {Form::kFish, "/it's\\", "set -gx SSH_AUTH_SOCK '/it\\'s\\\\';\n"},
      {Form::kSystemd, "/a \"$`\\", "SSH_AUTH_SOCK=\"/a \\\"\\$\\`\\\\\"\n"},
      {Form::kSystemd, "/a\x7f", ""},
      {Form::kCrontab, "/a b'", "SSH_AUTH_SOCK=\"/a b'\"\n"},
      {Form::kCrontab, "/a\"b", "SSH_AUTH_SOCK='/a\"b'\n"},
      {Form::kCrontab, "/a\"b'", ""},
  }));
  const auto line = agent_variable(row.form, row.path);
  REQUIRE(line.has_value() == !row.line.empty());
  if (line) CHECK(*line == row.line);
}

TEST_CASE("each state has its own word and exit status") {
  CHECK(state_word(State::kUnlocked) == "unlocked");
  CHECK(state_word(State::kLocked) == "locked");
  CHECK(state_word(State::kNoToken) == "no-token");
  CHECK(state_word(State::kReplug) == "pin-replug");
  CHECK(state_word(State::kBlocked) == "pin-blocked");
  CHECK(state_word(State::kNoAgent) == "no-agent");
}
