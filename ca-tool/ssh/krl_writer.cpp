#include "ssh/krl_writer.hpp"

#include <algorithm>
#include <span>

#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

// Bytes of each form: a serial in a list, a range with the head of its subsection, a bitmap without its bits
// (head, base, length, and the zero in front that its number may need).
constexpr std::uint64_t kListed = 8;
constexpr std::uint64_t kRange = 21;
constexpr std::uint64_t kBitmapHead = 18;
constexpr std::uint64_t kBitmapBits = 16384;  // OpenSSH reads no larger number

// Of numbers less 1, so that 2^64 serials do not overflow.
std::uint64_t cost_apart(const SerialRange& each) {
  const std::uint64_t more = each.last - each.first;
  return more >= kRange / kListed ? kRange : (more + 1) * kListed;
}

using Ranges = std::span<const SerialRange>;

/// The subsections with serials of one CA.
class SerialWriter {
 public:
  /// Intervals join a run for as long as bits for them, and for the gap before them, are smaller than what
  /// they need apart. So each is looked at once.
  Bytes write(Ranges serials) {
    for (std::size_t begin = 0; begin < serials.size();) {
      std::size_t end = begin + 1;
      std::uint64_t apart = cost_apart(serials[begin]);
      while (end < serials.size() && serials[end].last - serials[begin].first < kBitmapBits &&
             serials[end].last - serials[end - 1].last < cost_apart(serials[end]) * 8) {
        apart += cost_apart(serials[end++]);
      }
      const Ranges run = serials.subspan(begin, end - begin);
      const std::uint64_t span = run.back().last - run.front().first;
      if (run.size() > 1 && span < kBitmapBits && kBitmapHead + span / 8 + 1 < apart) {
        bitmap(run);
      } else {
        for (const SerialRange& each : run) alone(each);
      }
      begin = end;
    }
    if (!list_.bytes().empty()) put(SerialForm::kList, list_.bytes());
    return out_.take();
  }

 private:
  void put(SerialForm form, ByteView data) { out_.u8(static_cast<std::uint8_t>(form)).string(data); }

  void alone(const SerialRange& each) {
    if (cost_apart(each) == kRange) {
      put(SerialForm::kRange, WireWriter().u64(each.first).u64(each.last).bytes());
      return;
    }
    for (std::uint64_t serial = each.first; serial < each.last; ++serial) list_.u64(serial);
    list_.u64(each.last);
  }

  void bitmap(Ranges run) {
    const std::uint64_t base = run.front().first;
    Bytes bits((run.back().last - base) / 8 + 1);
    for (const SerialRange& each : run) {
      for (std::uint64_t bit = each.first - base; bit <= each.last - base; ++bit) {
        bits[bits.size() - 1 - bit / 8] |= static_cast<std::uint8_t>(1U << bit % 8);
      }
    }
    put(SerialForm::kBitmap, WireWriter().u64(base).mpint(bits).bytes());
  }

  WireWriter list_;
  WireWriter out_;
};

Result<> check(const KrlAuthority& authority) {
  if (authority.ca.empty()) return fail(Code::kUnsupported, "entries for certificates of any CA");
  if (!authority.unknown.empty()) return fail(Code::kUnsupported, "an extension");
  const auto& serials = authority.serials;
  for (std::size_t i = 0; i < serials.size(); ++i) {
    if (serials[i].first == 0) return fail(Code::kBadInput, "serial 0, which cannot be revoked");
    if (serials[i].last < serials[i].first || (i != 0 && serials[i].first - 1 <= serials[i - 1].last)) {
      return fail(Code::kBadInput, "serials out of order");
    }
  }
  return {};
}

void write_section(WireWriter& out, Section type, const std::vector<ByteView>& blobs) {
  if (blobs.empty()) return;
  WireWriter section;
  for (const ByteView blob : blobs) section.string(blob);
  out.u8(type).string(section.bytes());
}

}  // namespace

Result<Bytes> write_krl(const Krl& krl) {
  if (!krl.unknown.empty()) return fail(Code::kUnsupported, "an extension");
  if (!krl.signatures.empty()) return fail(Code::kUnsupported, "a signature");
  WireWriter out;
  out.raw(as_bytes(kKrlMagic)).u32(kKrlVersion).u64(krl.version).u64(krl.generated).u64(krl.flags);
  out.text("").text(krl.comment);
  for (const KrlAuthority& authority : krl.authorities) {
    HALLIGAN_CHECK(check(authority));
    if (authority.serials.empty() && authority.ids.empty()) continue;
    WireWriter section;
    section.string(authority.ca).text("").raw(SerialWriter().write(authority.serials));
    if (!authority.ids.empty()) {
      WireWriter ids;
      for (const std::string_view id : authority.ids) ids.text(id);
      section.u8(kKeyIds).string(ids.bytes());
    }
    out.u8(kCertificates).string(section.bytes());
  }
  write_section(out, kExplicitKeys, krl.keys);
  write_section(out, kSha1Hashes, krl.sha1);
  write_section(out, kSha256Hashes, krl.sha256);
  if (out.bytes().size() > kMaxKrlSize) {
    return fail(Code::kUnsupported,
                "more than the " + std::to_string(kMaxKrlSize) + " bytes that OpenSSH reads");
  }
  return out.take();
}

}  // namespace halligan::ssh
