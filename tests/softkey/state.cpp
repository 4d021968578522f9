#include "softkey/state.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/reader.hpp"

namespace halligan::softkey {
namespace {

constexpr std::string_view kMagic = "halligan-softkey-state-1\n";

class Writer {
 public:
  explicit Writer(StateBytes& out) : out_(out) {}

  template <typename Unsigned>
  void number(Unsigned value) {
    for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
      fits_ = fits_ && out_.append(static_cast<std::uint8_t>(value >> shift));
  }
  void raw(ByteView bytes) { fits_ = fits_ && out_.append(bytes); }
  void string(ByteView bytes) {
    number(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  void optional(const std::optional<std::string>& text) {
    number(static_cast<std::uint8_t>(text ? 1 : 0));
    if (text) string(as_bytes(*text));
  }
  bool fits() const { return fits_; }

 private:
  StateBytes& out_;
  bool fits_ = true;
};

void write(Writer& out, const Credential& credential) {
  out.string(credential.id);
  out.number(static_cast<std::uint32_t>(credential.algorithm));
  out.raw(credential.key.view());
  out.number(credential.protection);
  out.string(as_bytes(credential.rp_id));
  out.string(credential.user.id);
  out.optional(credential.user.name);
  out.optional(credential.user.display_name);
  out.number(credential.created);
}

Result<ByteView> read_string(Reader& in) {
  HALLIGAN_TRY(const auto size, in.u32());
  return in.take(size);
}

template <std::size_t Size>
Result<> read_secret(Reader& in, Secret<Size>& out) {
  HALLIGAN_TRY(const auto bytes, in.take(Size));
  if (!out.append(bytes)) return fail(Code::kInternal, "secret does not fit");
  return {};
}

Result<std::optional<std::string>> read_optional(Reader& in) {
  HALLIGAN_TRY(const auto present, in.u8());
  if (present > 1) return fail(Code::kBadInput, "bad flag");
  if (present == 0) return std::optional<std::string>();
  HALLIGAN_TRY(const auto text, read_string(in));
  return std::optional<std::string>(as_text(text));
}

Result<Credential> read_credential(Reader& in) {
  Credential credential;
  HALLIGAN_TRY(const auto id, read_string(in));
  credential.id = to_bytes(id);
  HALLIGAN_TRY(const auto algorithm, in.u32());
  credential.algorithm = static_cast<Algorithm>(algorithm);
  if (credential.algorithm != Algorithm::kEs256 && credential.algorithm != Algorithm::kEdDsa)
    return fail(Code::kBadInput, "unknown algorithm");
  HALLIGAN_CHECK(read_secret(in, credential.key));
  HALLIGAN_TRY(credential.protection, in.u8());
  HALLIGAN_TRY(const auto rp_id, read_string(in));
  credential.rp_id = as_text(rp_id);
  credential.rp_id_hash = sha256({rp_id});
  credential.resident = true;
  HALLIGAN_TRY(const auto user_id, read_string(in));
  credential.user.id = to_bytes(user_id);
  HALLIGAN_TRY(credential.user.name, read_optional(in));
  HALLIGAN_TRY(credential.user.display_name, read_optional(in));
  HALLIGAN_TRY(credential.created, in.u64());
  return credential;
}

Result<State> read_body(ByteView body) {
  Reader in(body);
  State state;
  HALLIGAN_CHECK(read_secret(in, state.device_key));
  HALLIGAN_CHECK(read_secret(in, state.attestation_key));
  HALLIGAN_TRY(const auto certificate, read_string(in));
  state.attestation_certificate = to_bytes(certificate);
  HALLIGAN_TRY(state.counter, in.u32());
  HALLIGAN_TRY(state.created, in.u64());
  HALLIGAN_TRY(const auto has_pin, in.u8());
  if (has_pin > 1) return fail(Code::kBadInput, "bad flag");
  if (has_pin == 1) HALLIGAN_CHECK(read_secret(in, state.pin_hash));
  HALLIGAN_TRY(state.pin_retries, in.u8());
  HALLIGAN_TRY(state.uv_retries, in.u8());
  HALLIGAN_TRY(const auto count, in.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(auto credential, read_credential(in));
    state.residents.push_back(std::move(credential));
  }
  HALLIGAN_CHECK(in.done());
  return state;
}

}  // namespace

State new_state(Env& env) {
  State state;
  if (!state.device_key.resize(32)) std::abort();
  env.random({state.device_key.data(), state.device_key.size()});
  state.attestation_key = p256_generate(env);
  state.attestation_certificate = attestation_certificate(state.attestation_key, kAaguid);
  return state;
}

std::unique_ptr<StateBytes> encode(const State& state) {
  auto encoded = std::make_unique<StateBytes>();
  Writer out(*encoded);
  out.raw(as_bytes(kMagic));
  out.raw(Digest{});
  out.raw(state.device_key.view());
  out.raw(state.attestation_key.view());
  out.string(state.attestation_certificate);
  out.number(state.counter);
  out.number(state.created);
  out.number(static_cast<std::uint8_t>(state.has_pin() ? 1 : 0));
  out.raw(state.pin_hash.view());
  out.number(state.pin_retries);
  out.number(state.uv_retries);
  out.number(static_cast<std::uint32_t>(state.residents.size()));
  for (const Credential& credential : state.residents) write(out, credential);
  if (!out.fits()) return nullptr;
  const std::size_t head = kMagic.size() + sizeof(Digest);
  const Digest digest = sha256({encoded->view().subspan(head)});
  std::copy(digest.begin(), digest.end(), encoded->data() + kMagic.size());
  return encoded;
}

Result<State> decode_state(ByteView encoded) {
  Reader in(encoded);
  const auto magic = in.take(kMagic.size());
  if (!magic || as_text(*magic) != kMagic) return fail(Code::kBadInput, "not a softkey state");
  const auto digest = in.take(sizeof(Digest));
  if (!digest || !same(*digest, sha256({in.rest()}))) return fail(Code::kBadInput, "damaged softkey state");
  return read_body(in.rest());
}

}  // namespace halligan::softkey
