// The gate in front of libcbor.
#include "base/codec.hpp"
#include "base/reader.hpp"
#include "softkey/cbor.hpp"

namespace halligan::softkey {
namespace {

constexpr int kMaxDepth = 4;  // CTAP 2.1, section 8

class Scanner {
 public:
  explicit Scanner(ByteView data) : data_(data), reader_(data) {}

  bool item(int depth);
  bool done() const { return reader_.left() == 0; }

 private:
  struct Head {
    std::uint8_t major;
    std::uint8_t info;
    std::uint64_t argument;
  };

  std::optional<Head> head();
  bool array(std::uint64_t count, int depth);
  bool map(std::uint64_t count, int depth);
  bool string(std::uint64_t size, bool text);
  static bool ordered(ByteView before, ByteView after);

  ByteView data_;
  Reader reader_;
};

std::optional<Scanner::Head> Scanner::head() {
  const auto first = reader_.u8();
  if (!first) return std::nullopt;
  Head head{static_cast<std::uint8_t>(*first >> 5), static_cast<std::uint8_t>(*first & 0x1f), 0};
  if (head.info < 24) {
    head.argument = head.info;
    return head;
  }
  // A longer form is allowed only for what a shorter one cannot hold.
  std::uint64_t least = 0;
  if (head.info == 24) {
    const auto value = reader_.u8();
    if (!value) return std::nullopt;
    head.argument = *value;
    least = 24;
  } else if (head.info == 25) {
    const auto value = reader_.u16();
    if (!value) return std::nullopt;
    head.argument = *value;
    least = 0x100;
  } else if (head.info == 26) {
    const auto value = reader_.u32();
    if (!value) return std::nullopt;
    head.argument = *value;
    least = 0x10000;
  } else if (head.info == 27) {
    const auto value = reader_.u64();
    if (!value) return std::nullopt;
    head.argument = *value;
    least = 0x100000000;
  } else {
    return std::nullopt;  // reserved, or an indefinite length
  }
  if (head.argument < least) return std::nullopt;
  return head;
}

bool Scanner::string(std::uint64_t size, bool text) {
  if (size > reader_.left()) return false;
  const auto content = reader_.take(static_cast<std::size_t>(size));
  return content && (!text || is_utf8(*content));
}

bool Scanner::array(std::uint64_t count, int depth) {
  if (depth == kMaxDepth || count > reader_.left()) return false;
  for (std::uint64_t i = 0; i < count; ++i)
    if (!item(depth + 1)) return false;
  return true;
}

// Lower major type first, then the shorter encoding, then the lower bytes.
bool Scanner::ordered(ByteView before, ByteView after) {
  if (before[0] >> 5 != after[0] >> 5) return before[0] >> 5 < after[0] >> 5;
  if (before.size() != after.size()) return before.size() < after.size();
  return as_text(before) < as_text(after);
}

bool Scanner::map(std::uint64_t count, int depth) {
  if (depth == kMaxDepth || count > reader_.left() / 2) return false;
  ByteView previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t start = reader_.position();
    if (!item(depth + 1)) return false;
    const ByteView key = data_.subspan(start, reader_.position() - start);
    if (!previous.empty() && !ordered(previous, key)) return false;
    previous = key;
    if (!item(depth + 1)) return false;
  }
  return true;
}

bool Scanner::item(int depth) {
  const auto head = this->head();
  if (!head) return false;
  switch (head->major) {
    case 0:
    case 1:
      return head->argument <=
             INT64_MAX;  // nothing in CTAP is wider, and then every integer fits std::int64_t
    case 2:
      return string(head->argument, false);
    case 3:
      return string(head->argument, true);
    case 4:
      return array(head->argument, depth);
    case 5:
      return map(head->argument, depth);
    case 7:
      return head->info == 20 ||
             head->info == 21;  // false and true; CTAP knows no null, float or other simple value
    default:
      return false;
  }
}

}  // namespace

Outcome<> check_canonical(ByteView encoded) {
  Scanner scanner(encoded);
  if (!scanner.item(0) || !scanner.done()) return refuse(Status::kInvalidCbor);
  return {};
}

}  // namespace halligan::softkey
