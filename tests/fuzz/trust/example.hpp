// A certificate, and the text of a host that it is shown to: for the targets that read what hosts say.
#pragma once

#include <string>
#include <string_view>

#include "explain/decision.hpp"
#include "ssh/certificate.hpp"
#include "ssh/check.hpp"

namespace halligan::example {

// For root and ann, by a CA that the corpus trusts.
constexpr const char* kCertificate =
    "ssh-ed25519-cert-v01@openssh.com "
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIH/nOz3D5dJ0k+tL5Hj5+4psBQGMMDY37CYW0A"
    "TE4jxTAAAAIMmSys6fw2DxZ+2i2YgQ4PDGzZAKmhY/fKL3wJI8AkNpAAAAAAAAAAcAAAABAAAABGZ1enoAAAAPAAAA"
    "BHJvb3QAAAADYW5uAAAAAF4L4QAAAAAAf+gXgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAA"
    "AXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1p"
    "dC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBPzAS3sZmY/fI"
    "V/kTq7UdJDzuP26/TwdAdckR9jH7dfAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBNU8ovF8BUAiJ6bfkC4XCIclwkUB90"
    "PyoNllVNl8ohtD5G/GOiEWQD0DcU8uhmAdPX9PwUHluw3iw6D2hbiiIL";
constexpr std::uint64_t kNow = 1795762957;

inline const ssh::Certificate& certificate() {
  static const ssh::Certificate made = ssh::parse_certificate_line(kCertificate)->certificate;
  return made;
}

constexpr const char* kEffective =
    "usepam yes\npubkeyauthentication yes\nstrictmodes yes\npermitrootlogin yes\n"
    "pubkeyacceptedalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519\ncasignaturealgorithms "
    "ssh-ed25519\n";

// A refusal is the last step, and says why and what to do; without one there is no refusal.
inline void check_explanation(const explain::Explanation& found) {
  demand(!found.steps.empty());
  for (const auto& each : found.steps) demand(!each.name.empty() && !each.text.empty());
  const bool refused = found.steps.back().verdict == explain::Verdict::kNo;
  demand(refused == (found.verdict == explain::Verdict::kNo));
  demand((found.refusal() != nullptr) == refused);
  if (refused) demand(!found.refusal()->mend.empty());
}

inline std::string block(std::string_view kind, std::string_view text) {
  return "block " + std::to_string(text.size()) + " " + std::string(kind) + "\n" + std::string(text) + "\n";
}

}  // namespace halligan::example
