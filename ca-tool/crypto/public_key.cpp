#include "crypto/public_key.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "crypto/openssl.hpp"

namespace halligan::crypto {
namespace {

constexpr std::size_t kPointSize = 32;

// Constants of edwards25519 (RFC 8032, 5.1): the prime 2^255 - 19, and d = -121665/121666.
struct Field {
  NumberContext context{BN_CTX_secure_new()};
  Number prime{BN_new()};
  Number one{BN_new()};
  Number d{BN_new()};

  bool made() {
    const Number denominator(BN_new());
    return context && prime && one && d && denominator && BN_one(one.get()) == 1 &&
           BN_lshift(prime.get(), one.get(), 255) == 1 && BN_sub_word(prime.get(), 19) == 1 &&
           BN_set_word(denominator.get(), 121666) == 1 &&
           BN_mod_inverse(d.get(), denominator.get(), prime.get(), context.get()) != nullptr &&
           BN_mul_word(d.get(), 121665) == 1 && BN_mod(d.get(), d.get(), prime.get(), context.get()) == 1 &&
           BN_sub(d.get(), prime.get(), d.get()) == 1;
  }
};

Failure no_memory() { throw std::bad_alloc(); }

// x² = (y² - 1) / (d y² + 1) has a root: 1, or 0 where x is 0; -1 where it has none; -2 if OpenSSL fails.
int on_curve(Field& field, const BIGNUM* y) {
  const Number square(BN_new());
  const Number over(BN_new());
  const Number under(BN_new());
  if (!square || !over || !under) return -2;
  BN_CTX* const context = field.context.get();
  const BIGNUM* const prime = field.prime.get();
  if (BN_mod_sqr(square.get(), y, prime, context) != 1 ||
      BN_mod_sub(over.get(), square.get(), field.one.get(), prime, context) != 1 ||
      BN_mod_mul(under.get(), field.d.get(), square.get(), prime, context) != 1 ||
      BN_mod_add(under.get(), under.get(), field.one.get(), prime, context) != 1 ||
      BN_mod_mul(over.get(), over.get(), under.get(), prime, context) != 1) {
    return -2;
  }
  return BN_kronecker(over.get(), prime, context);
}

// X25519 multiplies by a multiple of 8 and fails if nothing is left: the point, as u = (1 + y) / (1 - y), is
// then of small order.
Result<bool> has_small_order(Field& field, const BIGNUM* y) {
  const Number over(BN_new());
  const Number under(BN_new());
  if (!over || !under) return no_memory();
  BN_CTX* const context = field.context.get();
  const BIGNUM* const prime = field.prime.get();
  if (BN_mod_sub(under.get(), field.one.get(), y, prime, context) != 1) return no_memory();
  if (BN_is_zero(under.get())) return true;  // y = 1, which has no u
  std::array<std::uint8_t, kPointSize> u{};
  if (BN_mod_add(over.get(), field.one.get(), y, prime, context) != 1 ||
      BN_mod_inverse(under.get(), under.get(), prime, context) == nullptr ||
      BN_mod_mul(over.get(), over.get(), under.get(), prime, context) != 1 ||
      BN_bn2lebinpad(over.get(), u.data(), u.size()) != static_cast<int>(u.size())) {
    return no_memory();
  }
  constexpr std::array<std::uint8_t, kPointSize> kAnyScalar{1};
  const Pkey ours(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, kAnyScalar.data(), kAnyScalar.size()));
  const Pkey theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, u.data(), u.size()));
  const PkeyContext derive(ours ? EVP_PKEY_CTX_new_from_pkey(nullptr, ours.get(), nullptr) : nullptr);
  if (!theirs || !derive || EVP_PKEY_derive_init(derive.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(derive.get(), theirs.get(), 0) != 1) {
    return no_memory();
  }
  std::array<std::uint8_t, kPointSize> shared{};
  std::size_t size = shared.size();
  const bool derived = EVP_PKEY_derive(derive.get(), shared.data(), &size) == 1;
  return !derived || std::ranges::all_of(shared, [](std::uint8_t byte) { return byte == 0; });
}

// The coordinate that an encoded point has. @param point of kPointSize
Number y_of(ByteView point) {
  std::array<std::uint8_t, kPointSize> bytes{};
  std::ranges::copy(point, bytes.begin());
  bytes.back() &= 0x7F;  // the sign of x
  return Number(BN_lebin2bn(bytes.data(), bytes.size(), nullptr));
}

Result<> check_ed25519(ByteView point) {
  if (point.size() != kPointSize) return fail(Code::kBadInput, "an Ed25519 key of another size");
  Field field;
  const Number y = y_of(point);
  if (!field.made() || !y) return no_memory();
  if (BN_cmp(y.get(), field.prime.get()) >= 0)
    return fail(Code::kBadInput, "not a valid key: another spelling of a point");
  const int root = on_curve(field, y.get());
  if (root == -2) return no_memory();
  if (root == -1) return fail(Code::kBadInput, "not a valid key: its point is not on the curve");
  HALLIGAN_TRY(const bool small, has_small_order(field, y.get()));
  if (small)
    return fail(Code::kBadInput, "a weak key: its point has a small order, so anybody can sign for it");
  return {};
}

}  // namespace

bool is_off_curve(const ssh::PublicKey& key) {
  if (key.type() != ssh::KeyType::kEd25519) return false;
  Field field;
  const Number y = y_of(key.point());
  return field.made() && y && on_curve(field, y.get()) == -1;
}

Result<> check_public_key(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kEd25519 || key.type() == ssh::KeyType::kSkEd25519)
    return check_ed25519(key.point());
  HALLIGAN_TRY(const Pkey pkey, load_public(key));
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
  if (!context) return no_memory();
  if (EVP_PKEY_public_check(context.get()) == 1) return {};
  return openssl_failure(Code::kBadInput, key.type() == ssh::KeyType::kRsa
                                              ? "a weak key: not a modulus that only its maker can factor"
                                              : "not a valid key");
}

}  // namespace halligan::crypto
