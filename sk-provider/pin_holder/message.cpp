#include "pin_holder/message.hpp"

#include <algorithm>

#include "base/reader.hpp"

namespace halligan::pin_holder {
namespace {

enum class Kind : std::uint8_t {
  kSign = 1,
  kStatus = 2,
  kLock = 3,
  kSigned = 129,
  kRefused = 130,
  kStatusIs = 131,
  kLocked = 132,
};

// P-256: r and s are magnitudes without leading zeros.
constexpr std::size_t kLargestNumber = 32;
constexpr std::size_t kEd25519Signature = 64;

// Room from the beginning: where a vector of four bytes grows, g++ 16 sees an index beyond them.
constexpr std::size_t kUsualFrame = 256;

class Out {
 public:
  explicit Out(Kind kind) {
    bytes_.reserve(kUsualFrame);
    bytes_.resize(kFrameHead);
    number(kVersion).number(static_cast<std::uint8_t>(kind));
  }

  template <typename Unsigned>
  Out& number(Unsigned value) {
    for (std::size_t i = sizeof value; i > 0; --i)
      bytes_.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> (8 * (i - 1))));
    return *this;
  }
  Out& raw(ByteView data) {
    append(bytes_, data);
    return *this;
  }
  Out& text(ByteView data) {
    data = data.first(std::min(data.size(), kLongestText));
    return number(static_cast<std::uint16_t>(data.size())).raw(data);
  }
  Out& text(std::string_view data) { return text(as_bytes(data)); }
  Out& list(const std::vector<std::string>& texts) {
    const std::size_t count = std::min(texts.size(), kMostTexts);
    number(static_cast<std::uint8_t>(count));
    for (std::size_t i = 0; i < count; ++i) text(texts[i]);
    return *this;
  }

  Bytes done() {
    const std::size_t size = bytes_.size() - kFrameHead;
    for (std::size_t i = 0; i < kFrameHead; ++i)
      bytes_[i] = static_cast<std::uint8_t>(size >> (8 * (kFrameHead - 1 - i)));
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
};

Failure bad(std::string why) { return fail(Code::kBadInput, "message of the PIN holder: " + std::move(why)); }

Result<ByteView> text_of(Reader& reader) {
  HALLIGAN_TRY(const std::uint16_t size, reader.u16());
  if (size > kLongestText) return bad("a text of " + std::to_string(size) + " bytes");
  return reader.take(size);
}

Result<std::vector<std::string>> list_of(Reader& reader) {
  HALLIGAN_TRY(const std::uint8_t count, reader.u8());
  if (count > kMostTexts) return bad("a list of " + std::to_string(count));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    HALLIGAN_TRY(const ByteView text, text_of(reader));
    texts.emplace_back(as_text(text));
  }
  return texts;
}

Result<bool> flag_of(Reader& reader) {
  HALLIGAN_TRY(const std::uint8_t value, reader.u8());
  if (value > 1) return bad("a flag of " + std::to_string(value));
  return value == 1;
}

Result<Kind> kind_of(Reader& reader) {
  HALLIGAN_TRY(const std::uint8_t version, reader.u8());
  if (version != kVersion) return bad("version " + std::to_string(version));
  HALLIGAN_TRY(const std::uint8_t kind, reader.u8());
  return Kind{kind};
}

Result<SignCall> sign_of(Reader& reader) {
  SignCall call;
  HALLIGAN_TRY(const bool ed25519, flag_of(reader));
  call.algorithm = ed25519 ? fido::Algorithm::kEd25519 : fido::Algorithm::kEcdsa;
  HALLIGAN_TRY(call.touch, flag_of(reader));
  HALLIGAN_TRY(const ByteView hash, reader.take(call.hash.size()));
  std::ranges::copy(hash, call.hash.begin());
  HALLIGAN_TRY(const ByteView application, text_of(reader));
  HALLIGAN_TRY(const ByteView key_handle, text_of(reader));
  // It becomes a C string, and what is shown.
  if (application.empty() || std::ranges::find(application, 0) != application.end())
    return bad("no application");
  if (key_handle.empty()) return bad("no key handle");
  call.application = as_text(application);
  call.key_handle = to_bytes(key_handle);
  return call;
}

bool is_number(ByteView magnitude) {
  return !magnitude.empty() && magnitude.size() <= kLargestNumber && magnitude[0] != 0;
}

Result<SignedAnswer> signed_of(Reader& reader) {
  SignedAnswer answer;
  HALLIGAN_TRY(answer.flags, reader.u8());
  HALLIGAN_TRY(answer.counter, reader.u32());
  HALLIGAN_TRY(const ByteView token, text_of(reader));
  HALLIGAN_TRY(const ByteView signature, text_of(reader));
  HALLIGAN_TRY(const ByteView signature_s, text_of(reader));
  const bool is_signature = signature_s.empty() ? signature.size() == kEd25519Signature
                                                : is_number(signature) && is_number(signature_s);
  if (!is_signature) return bad("not a signature");
  answer.token = as_text(token);
  answer.signature = to_bytes(signature);
  answer.signature_s = to_bytes(signature_s);
  return answer;
}

Result<StatusAnswer> status_of(Reader& reader) {
  StatusAnswer answer;
  HALLIGAN_TRY(answer.until, reader.u64());
  HALLIGAN_TRY(const ByteView token, text_of(reader));
  answer.token = as_text(token);
  HALLIGAN_TRY(answer.keys, list_of(reader));
  return answer;
}

template <typename Whole, typename Part>
Result<Whole> whole(Reader& reader, Result<Part> part) {
  if (!part) return fail(std::move(part).error());
  HALLIGAN_CHECK(reader.done().in("message of the PIN holder"));
  return Whole(*std::move(part));
}

Result<LockCall> lock_of(Reader& reader) {
  HALLIGAN_TRY(auto names, list_of(reader));
  return LockCall{std::move(names)};
}

Result<RefusedAnswer> refused_of(Reader& reader) {
  HALLIGAN_TRY(const bool unknown, flag_of(reader));
  HALLIGAN_TRY(const ByteView why, text_of(reader));
  return RefusedAnswer{unknown, std::string(as_text(why))};
}

struct Framer {
  Bytes operator()(const SignCall& call) const {
    return Out(Kind::kSign)
        .number(static_cast<std::uint8_t>(call.algorithm == fido::Algorithm::kEd25519))
        .number(static_cast<std::uint8_t>(call.touch))
        .raw(call.hash)
        .text(call.application)
        .text(call.key_handle)
        .done();
  }
  Bytes operator()(const StatusCall&) const { return Out(Kind::kStatus).done(); }
  Bytes operator()(const LockCall& call) const { return Out(Kind::kLock).list(call.names).done(); }
  Bytes operator()(const SignedAnswer& answer) const {
    return Out(Kind::kSigned)
        .number(answer.flags)
        .number(answer.counter)
        .text(answer.token)
        .text(answer.signature)
        .text(answer.signature_s)
        .done();
  }
  Bytes operator()(const RefusedAnswer& answer) const {
    return Out(Kind::kRefused).number(static_cast<std::uint8_t>(answer.unknown)).text(answer.why).done();
  }
  Bytes operator()(const StatusAnswer& answer) const {
    return Out(Kind::kStatusIs).number(answer.until).text(answer.token).list(answer.keys).done();
  }
  Bytes operator()(const LockedAnswer&) const { return Out(Kind::kLocked).done(); }
};

}  // namespace

Bytes frame(const Call& call) { return std::visit(Framer(), call); }
Bytes frame(const Answer& answer) { return std::visit(Framer(), answer); }

Result<Call> parse_call(ByteView message) {
  Reader reader(message);
  HALLIGAN_TRY(const Kind kind, kind_of(reader));
  switch (kind) {
    case Kind::kSign:
      return whole<Call>(reader, sign_of(reader));
    case Kind::kStatus:
      return whole<Call>(reader, Result<StatusCall>(StatusCall{}));
    case Kind::kLock:
      return whole<Call>(reader, lock_of(reader));
    default:
      return bad("kind " + std::to_string(static_cast<int>(kind)) + " is not a request");
  }
}

Result<Answer> parse_answer(ByteView message) {
  Reader reader(message);
  HALLIGAN_TRY(const Kind kind, kind_of(reader));
  switch (kind) {
    case Kind::kSigned:
      return whole<Answer>(reader, signed_of(reader));
    case Kind::kRefused:
      return whole<Answer>(reader, refused_of(reader));
    case Kind::kStatusIs:
      return whole<Answer>(reader, status_of(reader));
    case Kind::kLocked:
      return whole<Answer>(reader, Result<LockedAnswer>(LockedAnswer{}));
    default:
      return bad("kind " + std::to_string(static_cast<int>(kind)) + " is not an answer");
  }
}

Result<std::size_t> parse_head(ByteView head) {
  Reader reader(head);
  HALLIGAN_TRY(const std::uint32_t size, reader.u32());
  if (size == 0 || size > kLargestMessage) return bad(std::to_string(size) + " bytes");
  return size;
}

}  // namespace halligan::pin_holder
