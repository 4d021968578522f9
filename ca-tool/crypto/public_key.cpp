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
  Number prime{BN_new()};
  Number one{BN_new()};
  Number d{BN_new()};

  Field() {
    const NumberContext context(BN_CTX_new());
    const Number denominator(BN_new());
    const bool made = context && prime && one && d && denominator && BN_one(one.get()) == 1 &&
                      BN_lshift(prime.get(), one.get(), 255) == 1 && BN_sub_word(prime.get(), 19) == 1 &&
                      BN_set_word(denominator.get(), 121666) == 1 &&
                      BN_mod_inverse(d.get(), denominator.get(), prime.get(), context.get()) != nullptr &&
                      BN_mul_word(d.get(), 121665) == 1 &&
                      BN_mod(d.get(), d.get(), prime.get(), context.get()) == 1 &&
                      BN_sub(d.get(), prime.get(), d.get()) == 1;
    if (!made) throw std::bad_alloc();
  }
};

const Field& field() {
  static const Field kField;
  return kField;
}

// What the equation of the curve makes of a coordinate y.
struct Coordinate {
  Number square{BN_new()};  // y²
  Number over{BN_new()};    // y² - 1
  Number under{BN_new()};   // d y² + 1, never 0: -d is no square
  NumberContext context{BN_CTX_new()};

  explicit Coordinate(const BIGNUM* y) {
    const BIGNUM* const prime = field().prime.get();
    const bool made = square && over && under && context &&
                      BN_mod_sqr(square.get(), y, prime, context.get()) == 1 &&
                      BN_mod_sub(over.get(), square.get(), field().one.get(), prime, context.get()) == 1 &&
                      BN_mod_mul(under.get(), field().d.get(), square.get(), prime, context.get()) == 1 &&
                      BN_mod_add(under.get(), under.get(), field().one.get(), prime, context.get()) == 1;
    if (!made) throw std::bad_alloc();
  }
};

// x² = (y² - 1) / (d y² + 1) has a root.
bool on_curve(const Coordinate& y) {
  const Number product(BN_new());
  const BIGNUM* const prime = field().prime.get();
  if (!product || BN_mod_mul(product.get(), y.over.get(), y.under.get(), prime, y.context.get()) != 1) {
    throw std::bad_alloc();
  }
  const int root = BN_kronecker(product.get(), prime, y.context.get());  // 0: x is 0
  if (root < -1) throw std::bad_alloc();
  return root != -1;
}

// The order divides 8. Doubling a point gives one with y = (y² + x²) / (1 - d x² y²): 1, 2 and 4 are the
// orders of y² = 1 and y = 0; a point of order 8 gives y = 0, so x² = -y², and the curve's equation is then
// d y⁴ + 2 y² - 1 = 0.
bool has_small_order(const Coordinate& y) {
  if (BN_is_zero(y.square.get()) || BN_is_zero(y.over.get())) return true;
  const Number left(BN_new());
  const BIGNUM* const prime = field().prime.get();
  // y² (d y² + 1) + (y² - 1)
  if (!left || BN_mod_mul(left.get(), y.square.get(), y.under.get(), prime, y.context.get()) != 1 ||
      BN_mod_add(left.get(), left.get(), y.over.get(), prime, y.context.get()) != 1) {
    throw std::bad_alloc();
  }
  return BN_is_zero(left.get());
}

// The coordinate that an encoded point has. @param point of kPointSize
Number y_of(ByteView point) {
  std::array<std::uint8_t, kPointSize> bytes{};
  std::ranges::copy(point, bytes.begin());
  bytes.back() &= 0x7F;  // the sign of x
  Number y(BN_lebin2bn(bytes.data(), bytes.size(), nullptr));
  if (!y) throw std::bad_alloc();
  return y;
}

Result<> check_ed25519(ByteView point) {
  if (point.size() != kPointSize) return fail(Code::kBadInput, "an Ed25519 key of another size");
  const Number y = y_of(point);
  if (BN_cmp(y.get(), field().prime.get()) >= 0)
    return fail(Code::kBadInput, "not a valid key: another spelling of a point");
  const Coordinate coordinate(y.get());
  if (!on_curve(coordinate)) return fail(Code::kBadInput, "not a valid key: its point is not on the curve");
  if (has_small_order(coordinate))
    return fail(Code::kBadInput, "a weak key: its point has a small order, so anybody can sign for it");
  return {};
}

}  // namespace

bool is_off_curve(const ssh::PublicKey& key) {
  if (key.type() != ssh::KeyType::kEd25519) return false;
  return !on_curve(Coordinate(y_of(key.point()).get()));
}

Result<> check_public_key(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kEd25519 || key.type() == ssh::KeyType::kSkEd25519)
    return check_ed25519(key.point());
  HALLIGAN_TRY(const Pkey pkey, load_public(key));
  const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
  if (!context) throw std::bad_alloc();
  if (EVP_PKEY_public_check(context.get()) == 1) return {};
  return openssl_failure(Code::kBadInput, key.type() == ssh::KeyType::kRsa
                                              ? "a weak key: not a modulus that only its maker can factor"
                                              : "not a valid key");
}

}  // namespace halligan::crypto
