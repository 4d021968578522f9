// One certificate, key or handle made ready to be printed. Nothing here reads or writes, and several threads
// may ask at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ca/judgement.hpp"
#include "crypto/verify.hpp"
#include "ui/describe.hpp"

namespace halligan::inspect {

/// What is printed of it, and whether the answer is no (1). An error is told in its place.
struct Shown {
  std::string text{};
  int answer = 0;
  std::optional<Error> error{};
};

struct Inspector {
  const ca::Measure& measure;
  bool json = false;
  bool check = false;
  const ca::HostAsked* host = nullptr;  ///< the server that was asked; not owned

  /// @param verifier one for each thread
  Shown certificate(const ssh::Certificate& certificate, const ui::Origin& origin,
                    crypto::Verifier& verifier) const;
  Shown key(const ssh::PublicKey& key, const ui::Origin& origin) const;
  Shown handle(const ssh::SkHandle& handle, const ui::Origin& origin) const;
  /// A line of a .pub or -cert.pub file.
  Shown line(std::string_view line, const ui::Origin& origin, crypto::Verifier& verifier) const;
  /// A key or certificate as an agent or a server has it.
  Shown blob(ByteView blob, const ui::Origin& origin, crypto::Verifier& verifier) const;

  /// Lines "FILE:LINE: what: problem" for --check.
  std::string problem_lines(const ca::Judgement& judgement, const ui::Origin& origin,
                            std::string_view what) const;
  int answer(const ca::Judgement& judgement) const;
};

}  // namespace halligan::inspect
