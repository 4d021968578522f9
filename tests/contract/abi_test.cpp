#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/boundary.hpp"
#include "abi/options.hpp"
#include "abi/pack.hpp"

using namespace halligan;

namespace {
int allocations_until_failure = -1;  // -1: never fail

fido::ResidentKey resident_key(fido::Algorithm algorithm, std::string application, Bytes public_key,
                               Bytes user_id, bool verify) {
  fido::ResidentKey key;
  key.algorithm = algorithm;
  key.application = std::move(application);
  key.public_key = std::move(public_key);
  key.key_handle = {1};
  key.user_id = std::move(user_id);
  key.verify = verify;
  return key;
}
}  // namespace

extern "C" void* __real_calloc(std::size_t count, std::size_t size);
extern "C" void* __wrap_calloc(std::size_t count, std::size_t size);
extern "C" void* __wrap_calloc(std::size_t count, std::size_t size) {
  if (allocations_until_failure == 0) return nullptr;
  if (allocations_until_failure > 0) --allocations_until_failure;
  return __real_calloc(count, size);
}

namespace {

fido::Enrolled enrolled() {
  fido::Enrolled key;
  key.public_key = Bytes(65, 4);
  key.key_handle = {1, 2, 3};
  key.attestation_signature = {4, 5};
  key.attestation_certificate = {6};
  key.auth_data = {7, 8};
  return key;
}

// As OpenSSH frees them: every buffer on its own, then the struct.
void release(sk_enroll_response* response) {
  std::free(response->public_key);
  std::free(response->key_handle);
  std::free(response->signature);
  std::free(response->attestation_cert);
  std::free(response->authdata);
  std::free(response);
}

void release(sk_resident_key** keys, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::free(keys[i]->application);
    std::free(keys[i]->user_id);
    std::free(keys[i]->key.public_key);
    std::free(keys[i]->key.key_handle);
    std::free(keys[i]);
  }
  std::free(keys);
}

}  // namespace

TEST_CASE("an enrollment is packed field by field") {
  sk_enroll_response* response = nullptr;
  abi::pack(enrolled(), 0x21, &response);
  REQUIRE(response != nullptr);
  CHECK(response->flags == 0x21);
  CHECK(response->public_key_len == 65);
  CHECK(same({response->key_handle, response->key_handle_len}, Bytes{1, 2, 3}));
  CHECK(same({response->signature, response->signature_len}, Bytes{4, 5}));
  CHECK(same({response->attestation_cert, response->attestation_cert_len}, Bytes{6}));
  CHECK(same({response->authdata, response->authdata_len}, Bytes{7, 8}));
  release(response);
}

TEST_CASE("empty parts are NULL and 0") {
  fido::Assertion assertion;
  assertion.flags = 5;
  assertion.counter = 0xFFFFFFFF;
  assertion.signature = Bytes(64, 9);
  sk_sign_response* response = nullptr;
  abi::pack(assertion, &response);
  REQUIRE(response != nullptr);
  CHECK(response->flags == 5);
  CHECK(response->counter == 0xFFFFFFFF);
  CHECK(response->sig_r_len == 64);
  CHECK(response->sig_s == nullptr);
  CHECK(response->sig_s_len == 0);
  std::free(response->sig_r);
  std::free(response);
}

TEST_CASE("resident keys: verification is kept, authdata stays NULL, none is NULL and 0") {
  sk_resident_key** keys = nullptr;
  std::size_t count = 0;
  abi::pack({}, &keys, &count);
  CHECK(keys == nullptr);
  CHECK(count == 0);

  const auto plain = resident_key(fido::Algorithm::kEcdsa, "ssh:", Bytes(65, 4), Bytes(32, 0), false);
  const auto verified = resident_key(fido::Algorithm::kEd25519, "ssh:x", Bytes(32, 5), {}, true);
  abi::pack({plain, verified}, &keys, &count);
  REQUIRE(count == 2);
  CHECK(keys[0]->alg == HALLIGAN_SK_ECDSA);
  CHECK(keys[0]->flags == 0x21);
  CHECK(std::strcmp(keys[0]->application, "ssh:") == 0);
  CHECK(keys[0]->user_id_len == 32);
  CHECK(keys[0]->key.authdata == nullptr);
  CHECK(keys[1]->slot == 1);
  CHECK(keys[1]->alg == HALLIGAN_SK_ED25519);
  CHECK(keys[1]->flags == 0x25);
  CHECK(keys[1]->key.flags == 0x25);
  CHECK(keys[1]->user_id == nullptr);
  release(keys, count);
}

TEST_CASE("memory that runs out at any point leaves no response and no leak") {
  // LeakSanitizer is the judge of the leak; here only that each failure is all or nothing.
  int failures = 0;
  for (int limit = 0;; ++limit) {
    sk_resident_key** keys = nullptr;
    std::size_t count = 0;
    const std::vector<fido::ResidentKey> two(
        2, resident_key(fido::Algorithm::kEcdsa, "ssh:", Bytes(65, 4), Bytes(32, 0), false));
    bool failed = false;
    allocations_until_failure = limit;
    try {
      abi::pack(two, &keys, &count);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    allocations_until_failure = -1;
    if (!failed) {
      CHECK(limit == 11);  // the list, and five blocks for each key
      release(keys, count);
      break;
    }
    CHECK(keys == nullptr);
    CHECK(count == 0);
    ++failures;
  }
  CHECK(failures == 11);
}

TEST_CASE("an exception stops at the boundary") {
  CHECK(abi::guarded([]() -> int { throw std::bad_alloc(); }) == HALLIGAN_SK_ERR_GENERAL);
  CHECK(abi::guarded([]() -> int { throw 1; }) == HALLIGAN_SK_ERR_GENERAL);
  CHECK(abi::guarded([] { return 7; }) == 7);
}

TEST_CASE("options: known ones are read, unknown ones matter only when required") {
  char device[] = "device";
  char user[] = "user";
  char other[] = "shoe-size";
  char path[] = "/dev/hidraw7";
  char name[] = "bay 3";
  char long_name[] = "0123456789abcdef0123456789abcdef";
  sk_option good{device, path, 1};
  sk_option who{user, name, 1};
  sk_option ignored{other, name, 0};
  sk_option required{other, name, 1};
  sk_option too_long{user, long_name, 1};
  sk_option no_value{user, nullptr, 1};

  CHECK(abi::parse_options(nullptr)->user.empty());
  sk_option* some[] = {&good, &who, &ignored, nullptr};
  const auto options = abi::parse_options(some);
  REQUIRE(options);
  CHECK(options->device == "/dev/hidraw7");
  CHECK(options->user == "bay 3");

  sk_option* unknown[] = {&required, nullptr};
  CHECK(abi::parse_options(unknown).error().message == "unknown option \"shoe-size\"");
  CHECK(abi::sk_error(abi::parse_options(unknown).error().code) == HALLIGAN_SK_ERR_UNSUPPORTED);
  sk_option* long_user[] = {&too_long, nullptr};
  CHECK(abi::parse_options(long_user).error().message == "the user is longer than 31 bytes");
  sk_option* broken[] = {&no_value, nullptr};
  CHECK(abi::parse_options(broken).error().message == "option without a name or value");
}

TEST_CASE("every kind of error has the number that makes OpenSSH do the right thing") {
  CHECK(abi::sk_error(Code::kPinRequired) == HALLIGAN_SK_ERR_PIN_REQUIRED);
  CHECK(abi::sk_error(Code::kNotFound) == HALLIGAN_SK_ERR_DEVICE_NOT_FOUND);
  CHECK(abi::sk_error(Code::kUnreachable) == HALLIGAN_SK_ERR_DEVICE_NOT_FOUND);
  CHECK(abi::sk_error(Code::kUnsupported) == HALLIGAN_SK_ERR_UNSUPPORTED);
  CHECK(abi::sk_error(Code::kExists) == HALLIGAN_SK_ERR_CREDENTIAL_EXISTS);
  CHECK(abi::sk_error(Code::kNeedsPerson) == HALLIGAN_SK_ERR_GENERAL);
  CHECK(abi::sk_error(Code::kInternal) == HALLIGAN_SK_ERR_GENERAL);
}
