// The vectors that tests/vectors/ssh/make.sh made with the real ssh-keygen.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"

namespace halligan::ssh {

inline std::string vector_text(const std::string& name) {
  std::ifstream file(std::string(HALLIGAN_VECTORS) + "/" + name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("no vector " + name);
  return text;
}

inline std::vector<std::string> vector_names(const std::string& folder, const std::string& extension) {
  std::vector<std::string> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HALLIGAN_VECTORS) + "/" + folder)) {
    if (entry.path().extension() == extension) out.push_back(folder + "/" + entry.path().filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline PublicKey vector_key(const std::string& name) {
  return parse_public_key_file(vector_text("keys/" + name + ".pub")).value().key;
}

inline Certificate vector_certificate(const std::string& name) {
  return parse_certificate_file(vector_text("certificates/" + name + ".pub")).value().certificate;
}

/// Every truncation, every byte changed in three ways and one byte more: `accepts(bytes)` must say no or,
/// where it says yes, have checked that the bytes re-encode identically. Gives the number of refusals.
template <typename Accepts>
std::size_t count_refused_mutations(const Bytes& good, Accepts accepts) {
  std::size_t refused = 0;
  for (std::size_t size = 0; size < good.size(); ++size)
    refused += !accepts(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
      Bytes mutated = good;
      mutated[i] = static_cast<std::uint8_t>(mutated[i] ^ change);
      refused += !accepts(mutated);
    }
  }
  Bytes longer = good;
  longer.push_back(0);
  return refused + !accepts(longer);
}

}  // namespace halligan::ssh
