// Key revocation lists: ssh-keygen -k's binary form, what it revokes, and by which entry.
// Source of the format: OpenSSH's PROTOCOL.krl.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::ssh {

constexpr std::string_view kKrlMagic{"SSHKRL\n\0", 8};
constexpr std::uint32_t kKrlVersion = 1;  ///< of the format

/// What a section holds, and a subsection besides SerialForm.
enum Section : std::uint8_t {
  kCertificates = 1,
  kExplicitKeys = 2,
  kSha1Hashes = 3,
  kSignature = 4,
  kSha256Hashes = 5,
  kExtension = 255,
};
constexpr std::uint8_t kKeyIds = 0x23;

/// What OpenSSH itself would read of a file: the largest buffer that it has.
constexpr std::size_t kMaxKrlSize = std::size_t{128} * 1024 * 1024;
/// Intervals of serials in one list. Bits of a bitmap grow to 64 times their size in memory, so it is
/// bounded.
constexpr std::size_t kMaxKrlIntervals = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kMaxKrlAuthorities = 1024;

/// Closed: both ends are in it.
struct SerialRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  bool operator==(const SerialRange&) const = default;
};

/// The three ways in which serials are stored, which say the same.
enum class SerialForm : std::uint8_t { kList = 0x20, kRange = 0x21, kBitmap = 0x22 };

/// One subsection with serials, as it is stored.
struct SerialPart {
  SerialForm form;
  SerialRange bounds;
  std::uint64_t base = 0;  ///< bitmap only: the serial of its lowest bit
  bool sorted = false;     ///< list only: each serial is above the one before
  ByteView data{};         ///< list: u64 each; bitmap: the bits, highest first
};

/// Something that this version does not know. OpenSSH (9.4 and later) ignores it unless it is critical;
/// a list with a critical one, and before 9.4 with any, is refused, and sshd then refuses every key.
struct KrlExtension {
  std::string_view name;
  bool critical = false;
  std::size_t size = 0;  ///< bytes of its value
};

/// The certificates of one CA. Several sections for one CA are one here.
struct KrlAuthority {
  ByteView ca;                        ///< blob of its key; empty: whatever CA signed
  std::vector<SerialRange> serials;   ///< sorted, not touching each other
  std::vector<std::string_view> ids;  ///< key IDs, sorted, each once
  std::vector<SerialPart> parts;      ///< where the serials come from
  std::vector<KrlExtension> unknown;
};

/// A signature at the end. OpenSSH verifies it before 9.4 and takes no notice of it since; nobody makes them.
struct KrlSignature {
  ByteView key;
  ByteView signature;
};

/// Every view points into the bytes that were parsed.
struct Krl {
  std::uint64_t version = 0;    ///< --krl-version: whatever its maker counts
  std::uint64_t generated = 0;  ///< Unix seconds
  std::uint64_t flags = 0;
  std::string_view comment;
  std::vector<KrlAuthority> authorities;
  std::vector<ByteView> keys;    ///< blobs of plain keys, sorted, each once
  std::vector<ByteView> sha1;    ///< 20 bytes each, of such blobs; likewise
  std::vector<ByteView> sha256;  ///< 32 bytes each; likewise
  std::vector<KrlExtension> unknown;
  std::vector<KrlSignature> signatures;

  /// The critical extension because of which OpenSSH takes none of this, or nullptr.
  const KrlExtension* refused_for() const;
};

/// Put them in the order in which a Krl has them, each once.
void sort_unique(std::vector<ByteView>& views);

/// Put everything into the order that Krl documents: intervals joined, the rest sorted, each once.
void normalize(Krl& krl);

/// Does it begin as one?
bool looks_like_krl(ByteView file);

/// All of it; refused is what ssh-keygen 9.2 refuses (serial 0, a range that runs backwards, a bitmap of more
/// than 16384 bits, sections of unknown types, anything after a signature). Extensions are reported instead;
/// the key of a CA is not parsed, see ca::refused_by_sshd(), and no signature is verified. @errors kBadInput
/// · kUnsupported (another version of the format, more than the limits above)
Result<Krl> parse_krl(ByteView file);

/// A public key as a list looks for it. The digests are asked for only if the list has some.
struct KrlSubject {
  ByteView blob;  ///< of the plain key, also for a certificate
  ByteView sha1;
  ByteView sha256;
};

enum class RevokedBy { kKey, kSha1, kSha256, kKeyId, kSerialList, kSerialRange, kSerialBitmap };

/// The entry that revokes.
struct Revocation {
  RevokedBy by;
  bool ca_key = false;    ///< the entry is for the key of the CA that signed the certificate
  bool any_ca = false;    ///< key IDs and serials: the entry is for certificates of any CA
  SerialRange serials{};  ///< serials: the interval around, as ssh-keygen -Q -l lists it
};

/// The key itself, in the order in which OpenSSH looks: SHA-1, SHA-256, key.
std::optional<Revocation> find_key(const Krl& krl, const KrlSubject& subject);

/// A certificate by its CA, key ID and serial. Serial 0 is never found: it means that the CA gave none.
std::optional<Revocation> find_certificate(const Krl& krl, ByteView ca, std::string_view key_id,
                                           std::uint64_t serial);

}  // namespace halligan::ssh
