#include "ctap/well_formed.hpp"

#include <utility>
#include <vector>

#include "base/codec.hpp"

namespace halligan::ctap {
namespace {

constexpr int kDeepest = 8;
constexpr std::uint8_t kBreak = 0xff;

// RFC 8949, section 3: three bits of type, five that are the argument or say where it is.
enum Major : std::uint8_t { kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6, kSimple = 7 };
constexpr std::uint8_t kIndefinite = 31;

class Walk {
 public:
  /// @param broken where the texts begin that are not UTF-8, parts of longer ones left out; may be null
  Walk(ByteView encoded, std::vector<std::size_t>* broken) : all_(encoded), left_(encoded), broken_(broken) {}

  bool item(int depth) {
    std::uint8_t major = 0;
    std::uint8_t info = 0;
    std::uint64_t argument = 0;
    const std::size_t begin = all_.size() - left_.size();
    if (depth > kDeepest || !head(major, info, argument)) return false;
    if (info == kIndefinite) return indefinite(major, depth);
    switch (major) {
      case kText:
        if (broken_ != nullptr && argument <= left_.size() && !is_utf8(left_.first(argument)))
          broken_->push_back(begin);
        return skip(argument);
      case kBytes:
        return skip(argument);
      case kArray:
        return items(argument, depth);
      case kMap:
        // Checked before it is doubled: every item takes a byte.
        return argument <= left_.size() && items(argument * 2, depth);
      case kTag:  // CTAP 2.1, section 8: there are none
        return false;
      default:
        return true;
    }
  }

  ByteView left() const { return left_; }

 private:
  bool head(std::uint8_t& major, std::uint8_t& info, std::uint64_t& argument) {
    if (left_.empty()) return false;
    major = left_[0] >> 5;
    info = left_[0] & 0x1f;
    left_ = left_.subspan(1);
    argument = info;
    if (info < 24 || info == kIndefinite) return true;
    if (info > 27) return false;
    const std::size_t size = std::size_t{1} << (info - 24);
    if (left_.size() < size) return false;
    argument = 0;
    for (std::size_t i = 0; i < size; ++i) argument = argument << 8 | left_[i];
    left_ = left_.subspan(size);
    return true;
  }

  bool skip(std::uint64_t count) {
    if (count > left_.size()) return false;
    left_ = left_.subspan(static_cast<std::size_t>(count));
    return true;
  }

  bool items(std::uint64_t count, int depth) {
    if (count > left_.size()) return false;
    for (; count > 0; --count) {
      if (!item(depth + 1)) return false;
    }
    return true;
  }

  bool indefinite(std::uint8_t major, int depth) {
    if (major < kBytes || major == kTag || major == kSimple) return false;
    for (std::size_t count = 0;; ++count) {
      if (left_.empty()) return false;
      if (left_[0] == kBreak) {
        left_ = left_.subspan(1);
        return major != kMap || count % 2 == 0;
      }
      // Parts of a text or byte string are definite ones of the same type.
      const bool part = major == kBytes || major == kText;
      if (part && (left_[0] >> 5 != major || (left_[0] & 0x1f) == kIndefinite)) return false;
      std::vector<std::size_t>* const broken = part ? std::exchange(broken_, nullptr) : broken_;
      const bool good = item(depth + 1);
      broken_ = broken;
      if (!good) return false;
    }
  }

  ByteView all_;
  ByteView left_;
  std::vector<std::size_t>* broken_;
};

}  // namespace

ByteView front_item(ByteView encoded) {
  Walk walk(encoded, nullptr);
  return walk.item(0) ? encoded.first(encoded.size() - walk.left().size()) : ByteView();
}

std::optional<Bytes> readable(ByteView encoded) {
  std::vector<std::size_t> broken;
  Walk walk(encoded, &broken);
  if (!walk.item(0) || !walk.left().empty()) return std::nullopt;
  Bytes tamed = to_bytes(encoded);
  for (const std::size_t begin : broken) tamed[begin] ^= (kBytes ^ kText) << 5;
  return tamed;
}

}  // namespace halligan::ctap
