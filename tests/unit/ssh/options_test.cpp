#include "ssh/options.hpp"

#include <catch2/catch.hpp>

using namespace halligan;
using namespace halligan::ssh;

namespace {

using Letters = std::vector<std::string>;

// "critical names | extension names", values as name=value.
std::string shown(const OptionSet& set) {
  std::string out;
  const auto list = [&](const CertificateOptions& options) {
    for (const CertificateOption& option : options) {
      const auto value = option_value(option).value();
      out += option.name + (value ? "=" + *value : "") + " ";
    }
  };
  list(set.critical);
  out += "| ";
  list(set.extensions);
  return out;
}

}  // namespace

TEST_CASE("-O letters of user certificates") {
  struct Row {
    Letters letters;
    const char* set;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "| permit-pty "},
      {{"clear"}, "| "},
      {{"extension:permit-pty"}, "| permit-pty "},
      {{"permit-user-rc", "extension:permit-user-rc"}, "| permit-pty permit-user-rc "},
      {{"no-pty"}, "| "},
      {{"clear", "permit-pty", "permit-agent-forwarding"}, "| permit-agent-forwarding permit-pty "},
      {{"permit-X11-forwarding", "permit-port-forwarding", "permit-user-rc"},
       "| permit-X11-forwarding permit-port-forwarding permit-pty permit-user-rc "},
      {{"PERMIT-x11-forwarding", "No-Pty"}, "| permit-X11-forwarding "},
      {{"permit-user-rc", "no-user-rc", "permit-port-forwarding", "no-port-forwarding",
        "permit-agent-forwarding", "no-agent-forwarding", "permit-x11-forwarding", "no-x11-forwarding"},
       "| permit-pty "},
      {{"no-touch-required", "verify-required"}, "verify-required | no-touch-required permit-pty "},
      {{"no-touch-required", "touch-required", "verify-required", "no-verify-required"}, "| permit-pty "},
      {{"verify-required", "no-touch-required", "force-command=ls", "clear"}, "force-command=ls | "},
      {{"source-address=10.0.0.0/8,::1", "force-command=/bin/echo a=b"},
       "force-command=/bin/echo a=b source-address=10.0.0.0/8,::1 | permit-pty "},
      {{"critical:b@x", "critical:a@x=", "extension:z@x=1=2"}, "a@x= b@x | permit-pty z@x=1=2 "},
  }));
  CHECK(shown(parse_options(CertificateType::kUser, row.letters).value()) == row.set);
}

TEST_CASE("-O letters that are refused") {
  struct Row {
    CertificateType type;
    Letters letters;
    const char* message;
  };
  const auto user = CertificateType::kUser;
  const auto host = CertificateType::kHost;
  const auto row = GENERATE_COPY(values<Row>({
      {user, {"permit-everything"}, "-O permit-everything: unknown certificate option"},
      {user, {""}, "-O : unknown certificate option"},
      {user, {"permit-pty=yes"}, "-O permit-pty=yes: unknown certificate option"},
      {user, {"force-command"}, "-O force-command: needs a value"},
      {user, {"force-command="}, "-O force-command=: empty value"},
      {user, {"force-command=a", "force-command=b"}, "-O force-command=b: given twice"},
      {user, {"source-address=10.0.0.1/8"}, "-O source-address=10.0.0.1/8: host bits set: 10.0.0.1/8"},
      {user, {"source-address="}, "-O source-address=: empty value"},
      {user, {"critical:"}, "-O critical:: the name must have 1..255 bytes"},
      {user, {"extension:permit-pty", "extension:permit-pty"}, "-O extension:permit-pty: given twice"},
      {user, {"extension:permit-pty=1"}, "-O extension:permit-pty=1: takes no value"},
      {user, {"extension:a", "extension:a=1"}, "-O extension:a=1: given twice"},
      {user, {"critical:verify-required=x"}, "-O critical:verify-required=x: takes no value"},
      {user, {"critical:force-command"}, "-O critical:force-command: needs a value"},
      {user, {std::string("force-command=a\0b", 17)}, "-O force-command=a\\x00b: a NUL inside"},
      {host, {"permit-pty"}, "-O permit-pty: not for a host certificate"},
      {host, {"clear"}, "-O clear: not for a host certificate"},
      {host, {"force-command=x"}, "-O force-command=x: not for a host certificate"},
  }));
  const auto set = parse_options(row.type, row.letters);
  REQUIRE_FALSE(set);
  CHECK(set.error().code == Code::kUsage);
  CHECK(set.error().message == row.message);
}

TEST_CASE("a network with host bits says what sshd would take") {
  const auto set = parse_options(CertificateType::kUser, Letters{"source-address=10.0.0.1/8"});
  REQUIRE_FALSE(set);
  CHECK(set.error().hint == "give the address of the network, with the host bits zero");
}

TEST_CASE("host certificates have no options but custom ones") {
  CHECK(shown(parse_options(CertificateType::kHost, Letters{}).value()) == "| ");
  CHECK(shown(parse_options(CertificateType::kHost, Letters{"extension:a@b", "critical:c@d=e"}).value()) ==
        "c@d=e | a@b ");
}

TEST_CASE("source-address lists") {
  struct Row {
    std::string_view list;
    bool good;
  };
  const auto row = GENERATE(values<Row>({{"192.0.2.1", true},
                                         {"192.0.2.0/24", true},
                                         {"0.0.0.0/0", true},
                                         {"::/0", true},
                                         {"2001:db8::/32", true},
                                         {"::1/128", true},
                                         {"::ffff:192.0.2.1", true},
                                         {"192.0.2.128/25,10.0.0.0/8", true},
                                         {"192.0.2.1/32", true},
                                         {"", false},
                                         {",", false},
                                         {"10.0.0.0/8,", false},
                                         {"10.0.0.0/33", false},
                                         {"::/129", false},
                                         {"10.0.0.0/", false},
                                         {"10.0.0.0/-1", false},
                                         {"10.0.0.0/+8", false},
                                         {"10.0.0.0/8x", false},
                                         {"10.0.0/8", false},
                                         {"10.0.0.1/8", false},
                                         {"2001:db8::1/32", false},
                                         {"host.example", false},
                                         {"10.0.0.0/8 ,::1", false},
                                         {" 10.0.0.1", false},
                                         {"fe80::1%eth0", false},
                                         {"192.0.2.129/25", false},
                                         {"10.0.0.0/99999999999", false},
                                         {"!10.0.0.1", false}}));
  CAPTURE(row.list);
  CHECK(check_source_address(row.list).has_value() == row.good);
  if (row.good) CHECK(plain_source_address(row.list) == std::string(row.list));
}

TEST_CASE("addresses as sshd reads them, which are refused for a new certificate") {
  struct Row {
    std::string list;
    const char* plain;  // nullptr: sshd refuses it, too
  };
  const auto row = GENERATE(values<Row>({
      {"127.1", "127.0.0.1"},
      {"0177.0.0.1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"127.0.0.01", "127.0.0.1"},
      {"10/32", "0.0.0.10/32"},
      {"10/8", nullptr},
      {"192.0.2.1,127.1/32,::1", "192.0.2.1,127.0.0.1/32,::1"},
      {"127.1/8", nullptr},
      {"0x7f.1", nullptr},
      {"127.1 ", nullptr},
      {"127.1,", nullptr},
      {"127.1/33", nullptr},
      {"08.0.0.1", nullptr},
      {"1.2.3.4.5", nullptr},
      {"4294967296", nullptr},
      {std::string("127.1\0", 6), nullptr},
      {std::string(49, '0') + "1", nullptr},
  }));
  CAPTURE(row.list);
  CHECK_FALSE(check_source_address(row.list));
  const auto plain = plain_source_address(row.list);
  REQUIRE(plain.has_value() == (row.plain != nullptr));
  if (plain) CHECK(*plain == row.plain);
}

TEST_CASE("the data of an option is nothing, or one text and nothing behind it") {
  CHECK_FALSE(option_value(flag_option("x")).value().has_value());
  CHECK(option_value(value_option("x", "")).value() == "");
  CHECK(option_value(value_option("x", "y")).value() == "y");
  CHECK_FALSE(option_value({"x", {0, 0, 0, 1}}));
  CHECK_FALSE(option_value({"x", {0, 0, 0, 1, 'a', 'b'}}));
  CHECK_FALSE(option_value({"x", {0, 0, 0, 1, 0}}));
}
