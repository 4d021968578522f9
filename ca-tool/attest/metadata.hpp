// What FIDO's metadata say of a model of token. They are read by our own hand: 5 MB of which one entry
// counts.
// @source FIDO Metadata Service 3.0, section 3.1; FIDO Metadata Statement 3.0, section 4; FIDO Registry of
// Predefined Values 2.2, section 3.2 (key protection)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"

namespace halligan::attest {

using Aaguid = std::array<std::uint8_t, 16>;

/// "f8a011f3-8c0a-4d15-8006-17111f9edc7d"
std::string aaguid_text(const Aaguid& aaguid);

struct StatusReport {
  std::string status;  ///< "FIDO_CERTIFIED_L2", "REVOKED", …
  std::string date;    ///< since when; may be empty

  /// The model may not be trusted any more: revoked, or a weakness of its keys or its PIN is known.
  bool refuses() const;
};

/// One entry.
struct Model {
  std::string description;
  std::vector<Bytes> roots{};                 ///< DER; whose certificates its attestations are by
  std::vector<StatusReport> reports{};        ///< in the order of the metadata
  std::vector<std::string> key_protection{};  ///< "hardware", "secure_element", "tee", "software", …
  std::vector<std::string> matcher_protection{};
  std::vector<std::string> attachment{};

  /// Keys are made in hardware that does not give them out.
  bool keeps_keys_in_hardware() const;
  /// The last word on certification; nothing: it has none.
  std::optional<StatusReport> certification() const;
};

struct Metadata {
  std::uint64_t number = 0;   ///< of this edition
  std::string next_update{};  ///< "2026-12-01": another one is due
  std::optional<Model> model{};
};

/// Which entry is meant: by the model that the token says, or, for one that says none, by the key in its
/// certificate.
struct ModelId {
  Aaguid aaguid{};
  crypto::Sha1 key_identifier{};

  bool has_aaguid() const { return aaguid != Aaguid{}; }
};

/// @param json the payload of the metadata; of its entries only the one that is meant is kept in memory
/// @errors kBadInput (also: two entries for one model)
Result<Metadata> read_metadata(std::string_view json, const ModelId& wanted);

}  // namespace halligan::attest
