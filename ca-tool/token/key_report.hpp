// A resident key in words and in JSON.
#pragma once

#include <string>

#include "token/report.hpp"

namespace halligan::token {

/// As ssh-keygen -l shows it; empty for a key that SSH cannot use.
std::string stored_key_fingerprint(const StoredKey& key);

/// Rows, safe for a terminal.
std::string stored_key_text(const StoredKey& key);

/// "ssh:emergency-ca (user ann) SHA256:…", safe for a terminal.
std::string short_key_words(const StoredKey& key);

ui::Json stored_key_json(const StoredKey& key);

}  // namespace halligan::token
