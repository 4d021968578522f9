// A resident key in words and in JSON.
#pragma once

#include <string>

#include "token/command.hpp"
#include "token/report.hpp"

namespace halligan::token {

/// As ssh-keygen -l shows it; empty for a key that SSH cannot use.
std::string stored_key_fingerprint(const fido::ResidentKey& key);

/// Rows, safe for a terminal.
std::string stored_key_text(const fido::ResidentKey& key);

/// "ssh:emergency-ca (user ann) SHA256:…", safe for a terminal.
std::string short_key_words(const fido::ResidentKey& key);

ui::Json stored_key_json(const fido::ResidentKey& key);

/// @errors kNotFound · kBadInput (several)
Result<fido::ResidentKey> find_key(const StoredKeys& stored, const KeyChoice& choice);

}  // namespace halligan::token
