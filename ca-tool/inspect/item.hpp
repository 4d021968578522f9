// One certificate, key or handle made ready to be printed. Nothing here reads or writes, and several threads
// may ask at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cli/describe.hpp"
#include "cli/judgement.hpp"
#include "crypto/verify.hpp"

namespace halligan::cli {

/// What is printed of it, and whether the answer is no (1). An error is told in its place.
struct Shown {
  std::string text{};
  int answer = 0;
  std::optional<Error> error{};
};

struct Inspector {
  const Measure& measure;
  bool json = false;
  bool check = false;
  const HostAsked* host = nullptr;  ///< the server that was asked; not owned

  /// @param verifier one for each thread
  Shown certificate(const ssh::Certificate& certificate, const Origin& origin,
                    crypto::Verifier& verifier) const;
  Shown key(const ssh::PublicKey& key, const Origin& origin) const;
  Shown handle(const ssh::SkHandle& handle, const Origin& origin) const;
  /// A line of a .pub or -cert.pub file.
  Shown line(std::string_view line, const Origin& origin, crypto::Verifier& verifier) const;
  /// A key or certificate as an agent or a server has it.
  Shown blob(ByteView blob, const Origin& origin, crypto::Verifier& verifier) const;

  /// Lines "FILE:LINE: what: problem" for --check.
  std::string problem_lines(const Judgement& judgement, const Origin& origin, std::string_view what) const;
  int answer(const Judgement& judgement) const;
};

}  // namespace halligan::cli
