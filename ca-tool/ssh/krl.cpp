#include "ssh/krl.hpp"

#include <algorithm>
#include <bit>

#include "base/codec.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

constexpr std::size_t kMaxBitmapBytes = 2048;  // 16384 bits, the largest number that OpenSSH reads
constexpr std::uint8_t kCertificateExtension = 0x39;

std::uint64_t number_at(ByteView data, std::size_t index) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | data[index * 8 + i];
  return value;
}

bool bit_is_set(ByteView bits, std::uint64_t bit) {
  const std::uint64_t byte = bit / 8;
  return byte < bits.size() && (bits[bits.size() - 1 - byte] >> (bit % 8) & 1U) != 0;
}

bool less(ByteView a, ByteView b) { return as_text(a) < as_text(b); }

// OpenSSH ignores one NUL at the end of a text.
Result<std::string_view> read_text(WireReader& reader) {
  HALLIGAN_TRY(const ByteView data, reader.string());
  std::string_view text = as_text(data);
  if (text.ends_with('\0')) text.remove_suffix(1);
  if (text.find('\0') != std::string_view::npos) return fail(Code::kBadInput, "a NUL inside a text");
  return text;
}

Result<KrlExtension> read_extension(WireReader& reader) {
  HALLIGAN_TRY(const std::string_view name, read_text(reader));
  HALLIGAN_TRY(const std::uint8_t critical, reader.u8());
  HALLIGAN_TRY(const ByteView value, reader.string());
  return KrlExtension{name, critical != 0, value.size()};
}

/// Puts together what the sections say.
class KrlBuilder {
 public:
  explicit KrlBuilder(Krl& krl) : krl_(krl) {}

  Result<> certificates(WireReader& section) {
    HALLIGAN_TRY(const ByteView ca, section.string());
    HALLIGAN_CHECK(section.string());  // reserved
    HALLIGAN_TRY(KrlAuthority * authority, authority_of(ca));
    while (section.left() != 0) {
      HALLIGAN_TRY(const std::uint8_t type, section.u8());
      HALLIGAN_TRY(WireReader inside, section.nested());
      HALLIGAN_CHECK(subsection(*authority, type, inside));
      HALLIGAN_CHECK(inside.done());
    }
    return {};
  }

 private:
  Result<KrlAuthority*> authority_of(ByteView ca) {
    const auto found = std::find_if(krl_.authorities.begin(), krl_.authorities.end(),
                                    [&](const KrlAuthority& each) { return same(each.ca, ca); });
    if (found != krl_.authorities.end()) return &*found;
    if (krl_.authorities.size() == kMaxKrlAuthorities) {
      return fail(Code::kUnsupported, "more than " + std::to_string(kMaxKrlAuthorities) + " CAs");
    }
    krl_.authorities.push_back({.ca = ca, .serials = {}, .ids = {}, .parts = {}, .unknown = {}});
    return &krl_.authorities.back();
  }

  Result<> subsection(KrlAuthority& authority, std::uint8_t type, WireReader& inside) {
    switch (type) {
      case static_cast<std::uint8_t>(SerialForm::kList):
        return list(authority, inside);
      case static_cast<std::uint8_t>(SerialForm::kRange):
        return range(authority, inside);
      case static_cast<std::uint8_t>(SerialForm::kBitmap):
        return bitmap(authority, inside);
      case kKeyIds:
        while (inside.left() != 0) {
          HALLIGAN_TRY(const std::string_view id, read_text(inside));
          authority.ids.push_back(id);
        }
        return {};
      case kCertificateExtension: {
        HALLIGAN_TRY(const KrlExtension unknown, read_extension(inside));
        authority.unknown.push_back(unknown);
        return {};
      }
      default:
        return fail(Code::kBadInput, "certificates of unknown type " + std::to_string(type));
    }
  }

  Result<> add(KrlAuthority& authority, SerialRange range) {
    if (range.first == 0) return fail(Code::kBadInput, "serial 0, which cannot be revoked");
    if (range.last < range.first) {
      return fail(Code::kBadInput,
                  "serials from " + std::to_string(range.first) + " back to " + std::to_string(range.last));
    }
    auto& serials = authority.serials;
    if (!serials.empty() && range.first > serials.back().first && range.first - 1 == serials.back().last) {
      serials.back().last = range.last;
      return {};
    }
    if (++intervals_ > kMaxKrlIntervals) {
      return fail(Code::kUnsupported, "more than " + std::to_string(kMaxKrlIntervals) + " serials apart");
    }
    serials.push_back(range);
    return {};
  }

  Result<> list(KrlAuthority& authority, WireReader& inside) {
    const ByteView data = inside.rest();
    SerialRange bounds{UINT64_MAX, 0};
    bool sorted = true;
    while (inside.left() != 0) {
      HALLIGAN_TRY(const std::uint64_t serial, inside.u64());
      sorted = sorted && serial > bounds.last;
      HALLIGAN_CHECK(add(authority, {serial, serial}));
      bounds = {std::min(bounds.first, serial), std::max(bounds.last, serial)};
    }
    if (!data.empty()) authority.parts.push_back({SerialForm::kList, bounds, 0, sorted, data});
    return {};
  }

  Result<> range(KrlAuthority& authority, WireReader& inside) {
    HALLIGAN_TRY(const std::uint64_t first, inside.u64());
    HALLIGAN_TRY(const std::uint64_t last, inside.u64());
    HALLIGAN_CHECK(add(authority, {first, last}));
    authority.parts.push_back({SerialForm::kRange, {first, last}});
    return {};
  }

  Result<> bitmap(KrlAuthority& authority, WireReader& inside) {
    HALLIGAN_TRY(const std::uint64_t base, inside.u64());
    HALLIGAN_TRY(const ByteView number, inside.string());
    if (!number.empty() && number[0] >= 0x80) return fail(Code::kBadInput, "a negative bitmap");
    const ByteView bits = trim_magnitude(number);
    if (number.size() > kMaxBitmapBytes + 1 || bits.size() > kMaxBitmapBytes) {
      return fail(Code::kBadInput, "a bitmap of " + std::to_string(number.size()) + " bytes");
    }
    if (bits.empty()) return {};
    const std::uint64_t top = (bits.size() - 1) * 8 + static_cast<std::uint64_t>(std::bit_width(bits[0])) - 1;
    if (base > UINT64_MAX - top) return fail(Code::kBadInput, "a bitmap beyond the last serial");
    for (std::uint64_t bit = 0; bit <= top; ++bit) {
      if (!bit_is_set(bits, bit)) continue;
      std::uint64_t end = bit;
      while (end < top && bit_is_set(bits, end + 1)) ++end;
      HALLIGAN_CHECK(add(authority, {base + bit, base + end}));
      bit = end;
    }
    authority.parts.push_back({SerialForm::kBitmap, {base, base + top}, base, false, bits});
    return {};
  }

  Krl& krl_;
  std::size_t intervals_ = 0;
};

void join(std::vector<SerialRange>& serials) {
  std::sort(serials.begin(), serials.end(),
            [](const SerialRange& a, const SerialRange& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (const SerialRange& each : serials) {
    if (kept != 0 && (each.first <= serials[kept - 1].last || each.first - 1 == serials[kept - 1].last)) {
      serials[kept - 1].last = std::max(serials[kept - 1].last, each.last);
    } else {
      serials[kept++] = each;
    }
  }
  serials.resize(kept);
  serials.shrink_to_fit();
}

Result<> read_blobs(WireReader& section, std::size_t size, std::vector<ByteView>& out) {
  while (section.left() != 0) {
    HALLIGAN_TRY(const ByteView blob, section.string());
    if (size != 0 && blob.size() != size) {
      return fail(Code::kBadInput,
                  "a hash of " + std::to_string(blob.size()) + " bytes, not " + std::to_string(size));
    }
    out.push_back(blob);
  }
  return {};
}

Result<> read_section(WireReader& reader, Krl& krl, KrlBuilder& builder) {
  HALLIGAN_TRY(const std::uint8_t type, reader.u8());
  HALLIGAN_TRY(WireReader section, reader.nested());
  if (!krl.signatures.empty() && type != kSignature) {
    return fail(Code::kBadInput, "data after a signature");
  }
  switch (type) {
    case kCertificates:
      return builder.certificates(section);
    case kExplicitKeys:
      return read_blobs(section, 0, krl.keys);
    case kSha1Hashes:
      return read_blobs(section, 20, krl.sha1);
    case kSha256Hashes:
      return read_blobs(section, 32, krl.sha256);
    case kSignature: {
      HALLIGAN_TRY(const ByteView signature, reader.string());
      krl.signatures.push_back({section.rest(), signature});
      return {};
    }
    case kExtension: {
      HALLIGAN_TRY(const KrlExtension unknown, read_extension(section));
      krl.unknown.push_back(unknown);
      return section.done();
    }
    default:
      return fail(Code::kBadInput, "unknown type " + std::to_string(type));
  }
}

const SerialRange* covering(const std::vector<SerialRange>& serials, std::uint64_t serial) {
  const auto after =
      std::upper_bound(serials.begin(), serials.end(), serial,
                       [](std::uint64_t value, const SerialRange& each) { return value < each.first; });
  if (after == serials.begin()) return nullptr;
  const SerialRange& found = *std::prev(after);
  return serial <= found.last ? &found : nullptr;
}

bool holds(const SerialPart& part, std::uint64_t serial) {
  if (serial < part.bounds.first || serial > part.bounds.last) return false;
  if (part.form == SerialForm::kRange) return true;
  if (part.form == SerialForm::kBitmap) return bit_is_set(part.data, serial - part.base);
  std::size_t low = 0;
  std::size_t high = part.data.size() / 8;
  while (part.sorted && high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (number_at(part.data, middle) <= serial ? low : high) = middle;
  }
  for (; low < high; ++low) {
    if (number_at(part.data, low) == serial) return true;
  }
  return false;
}

RevokedBy form_of(const KrlAuthority& authority, std::uint64_t serial) {
  for (const SerialPart& part : authority.parts) {
    if (!holds(part, serial)) continue;
    if (part.form == SerialForm::kBitmap) return RevokedBy::kSerialBitmap;
    return part.form == SerialForm::kList ? RevokedBy::kSerialList : RevokedBy::kSerialRange;
  }
  return RevokedBy::kSerialRange;  // not reached: every interval comes from a part
}

bool has(const std::vector<ByteView>& sorted, ByteView wanted) {
  return std::binary_search(sorted.begin(), sorted.end(), wanted, less);
}

}  // namespace

const KrlExtension* Krl::refused_for() const {
  const auto critical = [](const std::vector<KrlExtension>& list) -> const KrlExtension* {
    const auto found = std::find_if(list.begin(), list.end(), [](const auto& each) { return each.critical; });
    return found == list.end() ? nullptr : &*found;
  };
  if (const auto* found = critical(unknown); found != nullptr) return found;
  for (const KrlAuthority& authority : authorities) {
    if (const auto* found = critical(authority.unknown); found != nullptr) return found;
  }
  return nullptr;
}

void sort_unique(std::vector<ByteView>& views) {
  std::sort(views.begin(), views.end(), less);
  views.erase(std::unique(views.begin(), views.end(), same), views.end());
}

void normalize(Krl& krl) {
  for (KrlAuthority& authority : krl.authorities) {
    join(authority.serials);
    std::sort(authority.ids.begin(), authority.ids.end());
    authority.ids.erase(std::unique(authority.ids.begin(), authority.ids.end()), authority.ids.end());
  }
  sort_unique(krl.keys);
  sort_unique(krl.sha1);
  sort_unique(krl.sha256);
}

bool looks_like_krl(ByteView file) { return as_text(file).starts_with(kKrlMagic); }

Result<Krl> parse_krl(ByteView file) {
  if (!looks_like_krl(file)) return fail(Code::kBadInput, "not a KRL");
  WireReader reader(file.subspan(kKrlMagic.size()));
  HALLIGAN_TRY(const std::uint32_t format, reader.u32());
  if (format != kKrlVersion)
    return fail(Code::kUnsupported, "unsupported KRL format " + std::to_string(format));
  Krl krl;
  HALLIGAN_TRY(krl.version, reader.u64());
  HALLIGAN_TRY(krl.generated, reader.u64());
  HALLIGAN_TRY(krl.flags, reader.u64());
  HALLIGAN_CHECK(reader.string());  // reserved
  HALLIGAN_TRY(krl.comment, read_text(reader));
  KrlBuilder builder(krl);
  for (std::size_t number = 1; reader.left() != 0; ++number) {
    HALLIGAN_CHECK(read_section(reader, krl, builder).in("section " + std::to_string(number)));
  }
  HALLIGAN_CHECK(reader.done());
  normalize(krl);
  return krl;
}

std::optional<Revocation> find_key(const Krl& krl, const KrlSubject& subject) {
  if (has(krl.sha1, subject.sha1)) return Revocation{.by = RevokedBy::kSha1};
  if (has(krl.sha256, subject.sha256)) return Revocation{.by = RevokedBy::kSha256};
  if (has(krl.keys, subject.blob)) return Revocation{.by = RevokedBy::kKey};
  return std::nullopt;
}

std::optional<Revocation> find_certificate(const Krl& krl, ByteView ca, std::string_view key_id,
                                           std::uint64_t serial) {
  for (const bool any : {false, true}) {
    for (const KrlAuthority& authority : krl.authorities) {
      if (any ? !authority.ca.empty() : !same(authority.ca, ca)) continue;
      if (std::binary_search(authority.ids.begin(), authority.ids.end(), key_id)) {
        return Revocation{.by = RevokedBy::kKeyId, .any_ca = any};
      }
      const SerialRange* found = serial == 0 ? nullptr : covering(authority.serials, serial);
      if (found != nullptr) {
        return Revocation{.by = form_of(authority, serial), .any_ca = any, .serials = *found};
      }
    }
  }
  return std::nullopt;
}

}  // namespace halligan::ssh
