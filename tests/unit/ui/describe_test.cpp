#include "ui/describe.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "ssh/options.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;
using namespace halligan::ui;

namespace {

constexpr std::uint64_t kNow = 1'000'000;

ssh::Certificate good() {
  ssh::Certificate out = ssh::vector_certificate("ed25519-by-ed25519");
  out.body.valid_after = kNow - 3600;
  out.body.valid_before = kNow + 3600;
  return out;
}

Described described(const ssh::Certificate& certificate) {
  return describe(certificate, kNow, crypto::Verified{});
}

// The value of a row.
std::string plain(const std::string& text) { return ui::for_stream(text, -1); }

std::string row_of(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name + " ");
  if (at == std::string::npos) return "(none)";
  return text.substr(at + 12, text.find('\n', at) - at - 12);
}

}  // namespace

TEST_CASE("describe: the state by the time") {
  struct Row {
    std::uint64_t after;
    std::uint64_t before;
    const char* state;
    bool valid;
  };
  const auto row = GENERATE(values<Row>({
      {kNow - 1, kNow + 60, "valid now, 60 s left", true},
      {kNow, kNow + 7200, "valid now, 2 h left", true},
      {0, ssh::kForever, "valid now, never expires", true},
      {kNow + 86400 * 3, kNow + 86400 * 4, "not yet valid, starts in 3 days", false},
      {kNow - 10, kNow, "expired 0 s ago", false},
      {kNow + 1, kNow + 1, "never valid", false},
  }));
  ssh::Certificate certificate = good();
  certificate.body.valid_after = row.after;
  certificate.body.valid_before = row.before;
  CHECK(row_of(plain(to_text(described(certificate))), "State") == row.state);
  CHECK(to_json(described(certificate), "f")["valid_now"] == row.valid);
}

TEST_CASE("describe: a bad signature is not valid at any time") {
  const Described bad = describe(good(), kNow, fail(Code::kNo, "the signature does not verify"));
  CHECK_FALSE(bad.valid_now());
  CHECK(row_of(plain(to_text(bad)), "Signature") == "BAD: the signature does not verify");
  const Json json = to_json(bad, "f");
  CHECK(json["signature"]["valid"] == false);
  CHECK(json["signature"]["error"] == "the signature does not verify");
}

TEST_CASE("describe: where it was found") {
  struct Row {
    Place place;
    std::size_t line;
    const char* row;
    const char* json;
  };
  const auto row = GENERATE(values<Row>({
      {Place::kFile, 0, "File        x\n", R"({"file":"x","kind":"k"})"},
      {Place::kFile, 3, "File        x, line 3\n", R"({"file":"x","line":3,"kind":"k"})"},
      {Place::kAgent, 0, "Agent       x\n", R"({"agent":"x","kind":"k"})"},
      {Place::kServer, 0, "Server      x\n", R"({"server":"x","kind":"k"})"},
  }));
  Origin origin("x", row.line);
  origin.place = row.place;
  CHECK(origin_rows(origin) == row.row);
  CHECK(origin_json(origin, "k").dump() == row.json);
}

TEST_CASE("describe: nothing that a terminal obeys or does not draw comes out of a certificate") {
  // Of each kind one: C0, C1, bidirectional, separator, zero width, tag, variation selector, not UTF-8.
  const std::string kinds[] = {"\x1b[2J",      "\n",           "\x7f",     "\xc2\x9b",         "\xe2\x80\xae",
                               "\xe2\x81\xa6", "\xe2\x80\xa8", "\xc2\xad", "\xf3\xa0\x81\x81", "\xef\xb8\x8f",
                               "\xef\xbb\xbf", "\xe2\x80\x8b", "\x9b"};
  std::string all = "a";
  for (const std::string& each : kinds) all += each + "a";
  ssh::Certificate certificate = good();
  certificate.body.key_id = all;
  certificate.body.principals = {all};
  certificate.body.critical = {ssh::value_option(all, all)};
  certificate.body.extensions = {ssh::value_option(all, all)};
  const Described hostile = described(certificate);
  const Origin origin(all, 1, all);
  const std::string plain = to_text(described(good()), Origin("f", 1, "c"));
  // Those that begin with a name.
  const auto rows = [](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
      count += i == 0 || (text[i - 1] == '\n' && text[i] != ' ');
    return count;
  };
  const std::string text = to_text(hostile, origin, text_row("More", all));
  for (const std::string& each : kinds) {
    if (each != "\n") CHECK(text.find(each) == std::string::npos);
  }
  // No value makes a row: those of the good one, "More", and a finding for each field.
  CHECK(rows(text) == rows(plain) + 1 + hostile.findings.size());
  const std::string line = json_line(to_json(hostile, origin));
  CHECK(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= 0x20 && c < 0x7F; }));
}
