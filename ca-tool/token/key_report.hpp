// A resident key in words and in JSON.
#pragma once

#include <string>

#include "cli/token_report.hpp"

namespace halligan::cli {

/// As ssh-keygen -l shows it; empty for a key that SSH cannot use.
std::string stored_key_fingerprint(const token::StoredKey& key);

/// Rows, safe for a terminal.
std::string stored_key_text(const token::StoredKey& key);

/// "ssh:emergency-ca (user ann) SHA256:…", safe for a terminal.
std::string short_key_words(const token::StoredKey& key);

ReportJson stored_key_json(const token::StoredKey& key);

}  // namespace halligan::cli
