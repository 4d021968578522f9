#include "ctap/apdu.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace halligan;
using namespace halligan::ctap;

namespace {

Bytes hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

ResponseApdu answered(const std::string& response) {
  ResponseApdu answer;
  REQUIRE(answer.add(hex(response)));
  return answer;
}

}  // namespace

TEST_CASE("commands are the bytes of the specification", "[apdu]") {
  struct Row {
    CommandApdu command;
    bool extended;
    std::string apdu;
  };
  const auto row = GENERATE(values<Row>({
      {select_fido(), false, "00a4040008a0000006472f000100"},
      {select_fido(), true, "00a40400000008a0000006472f00010000"},
      {ctap_message(hex("04")), false,
       "801080000104"
       "00"},
      {ctap_message(hex("04")), true,
       "8010800000000104"
       "0000"},
      {ask_progress(), false, "8011000000"},
      {ask_progress(), true, "80110000000000"},
      {cancel_message(), false, "8011110000"},
  }));
  const auto apdus = command_apdus(row.command, row.extended);
  REQUIRE(apdus.size() == 1);
  CHECK(apdus[0] == hex(row.apdu));
}

TEST_CASE("a long command is one extended APDU or a chain of short ones", "[apdu]") {
  const auto size =
      GENERATE(std::size_t{255}, std::size_t{256}, std::size_t{510}, std::size_t{511}, std::size_t{2048});
  Bytes message(size);
  for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::uint8_t>(i);
  const auto whole = command_apdus(ctap_message(message), true);
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].size() == 4 + 3 + size + 2);

  const auto chain = command_apdus(ctap_message(message), false);
  CHECK(chain.size() == (size + 254) / 255);
  Bytes together;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool last = i + 1 == chain.size();
    CHECK(chain[i][0] == (last ? 0x80 : 0x90));
    REQUIRE(chain[i].size() == 5U + chain[i][4] + (last ? 1U : 0U));
    append(together, ByteView(chain[i]).subspan(5, chain[i][4]));
  }
  CHECK(together == message);
}

TEST_CASE("an answer is put together from its parts", "[apdu]") {
  ResponseApdu answer;
  CHECK(answer.incomplete());
  REQUIRE(answer.add(hex("0102036102")));
  CHECK(answer.incomplete());
  CHECK(answer.next_part(0x80) == hex("80c0000002"));
  REQUIRE(answer.add(hex("04059000")));
  CHECK_FALSE(answer.incomplete());
  CHECK(answer.data() == hex("0102030405"));
  CHECK(answer.status() == kSuccess);
}

TEST_CASE("an answer that is none is refused", "[apdu]") {
  const auto bad = GENERATE(as<std::string>(), "", "90", "0102fe1e", "0000", "01020304");
  ResponseApdu answer;
  const auto added = answer.add(hex(bad));
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Code::kBadInput);
  CHECK(answer.data().empty());
}

TEST_CASE("an answer without an end is cut off", "[apdu]") {
  SECTION("more and more data") {
    ResponseApdu answer;
    Bytes part(256, 7);
    append(part, hex("61ff"));
    int parts = 0;
    while (answer.add(part)) REQUIRE(++parts <= 32);
    CHECK(parts == 32);
    CHECK(answer.data().size() == ResponseApdu::kLargest);
  }
  SECTION("more and more of nothing") {
    ResponseApdu answer;
    REQUIRE(answer.add(hex("6110")));
    CHECK_FALSE(answer.add(hex("6110")));
  }
}

TEST_CASE("the version tells what kind of card it is", "[apdu]") {
  CHECK(fido_version(answered("5532465f56329000")) == FidoVersion::kU2f);
  CHECK(fido_version(answered("4649444f5f325f309000")) == FidoVersion::kFido2);
  CHECK(fido_version(answered("6a82")) == FidoVersion::kNone);
  CHECK(fido_version(answered("5532465f56336985")) == FidoVersion::kNone);
  CHECK(fido_version(answered("5532465f563300"
                              "9000")) == FidoVersion::kNone);
}

TEST_CASE("U2F messages are taken apart", "[apdu]") {
  const auto with_data = u2f_message(hex("00020300000003aabbcc0000"));
  REQUIRE(with_data);
  CHECK(with_data->ins == 2);
  CHECK(with_data->data == hex("aabbcc"));
  const auto version = u2f_message(hex("00030000000000"));
  REQUIRE(version);
  CHECK(version->data.empty());
  for (const char* bad : {"", "0003", "00030000", "0003000001aa", "00020300000003aabb",
                          "00020300000001aabbccdd", "000300000000"})
    CHECK_FALSE(u2f_message(hex(bad)));
}

TEST_CASE("extended length is what an answer to reset announces", "[apdu]") {
  struct Row {
    std::string atr;
    bool extended;
  };
  const auto row = GENERATE(values<Row>({
      {"3b8d80018073c021c057597562694b6579f9", true},            // a YubiKey, without contacts
      {"3bfd1300008131fe158073c021c057597562694b657940", true},  // the same, with contacts
      {"3b8d80018073c0218057736f66746b6579b0", false},           // chaining alone
      {"3bda18ff81b1fe751f030031f573c001600090001c",
       true},  // an OpenPGP card: category 00, three bytes of status
      {"3b8f8001804f0ca000000306030001000000006a", false},  // a memory card behind a contactless reader
      {"3b", false},
      {"3bff", false},
      {"3b8d80018073c0", false},
      {"3b84800180"
       "7f40"
       "4040",
       false},
      {"", false},
  }));
  CAPTURE(row.atr);
  CHECK(takes_extended_length(hex(row.atr)) == row.extended);
}

TEST_CASE("what a reader carries is read from its properties", "[apdu]") {
  CHECK(properties_code(hex("0604423300061204"
                            "42330012")) == 0x42330012);
  CHECK(properties_code(hex("12044233")) == 0);
  CHECK(properties_code(hex("1203423300120000")) == 0);
  CHECK(largest_apdu_data(hex("0a0400000100")) == 0x10000);
  CHECK(largest_apdu_data(hex("0b0205000a04"
                              "05010000")) == 0x105);
  CHECK(largest_apdu_data(hex("0a04000001")) == 0);
  CHECK(largest_apdu_data(hex("0a")) == 0);
}
