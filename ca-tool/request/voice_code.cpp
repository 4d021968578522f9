#include "request/voice_code.hpp"

#include "crypto/digest.hpp"
#include "ssh/wire.hpp"

namespace halligan::request {
namespace {

constexpr std::string_view kVoiceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kVoiceCharacters = 16;
constexpr std::size_t kVoiceGroup = 4;

std::string grouped(std::string_view characters) {
  std::string out;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    if (i != 0 && i % kVoiceGroup == 0) out += '-';
    out += characters[i];
  }
  return out;
}

}  // namespace

std::string voice_code(const SignedRequest& request) {
  ssh::WireWriter writer;
  writer.text("halligan-voice-code@v1").raw(signed_part(request));
  const crypto::Sha256 hash = crypto::sha256(writer.bytes());
  std::string characters;
  unsigned bits = 0;
  unsigned held = 0;
  for (std::size_t i = 0; characters.size() < kVoiceCharacters; ++i) {
    bits = bits << 8 | hash[i];
    for (held += 8; held >= 5; held -= 5) characters += kVoiceAlphabet[bits >> (held - 5) & 31U];
    bits &= (1U << held) - 1;
  }
  return grouped(std::string_view(characters).substr(0, kVoiceCharacters));
}

Result<std::string> parse_voice_code(std::string_view typed) {
  std::string characters;
  for (char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kVoiceAlphabet.find(c) == std::string_view::npos) {
      return fail(Code::kUsage, "--code: invalid character", "ask for the code again");
    }
    characters += c;
  }
  if (characters.size() != kVoiceCharacters) {
    return fail(Code::kUsage, "--code: " + std::to_string(characters.size()) + " characters, expected 16");
  }
  return grouped(characters);
}

}  // namespace halligan::request
