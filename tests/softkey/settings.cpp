#include "softkey/settings.hpp"

#include <charconv>
#include <utility>

namespace halligan::softkey {
namespace {

// The one list that parsing and --help share.
constexpr std::pair<std::string_view, bool Misbehaviour::*> kSwitches[] = {
    {"wrong-rpid-hash", &Misbehaviour::wrong_rp_id_hash},
    {"bad-signature", &Misbehaviour::bad_signature},
    {"garbage-cbor", &Misbehaviour::garbage_cbor},
    {"truncated-cbor", &Misbehaviour::truncated_cbor},
    {"counter-back", &Misbehaviour::counter_back},
    {"endless-keepalive", &Misbehaviour::endless_keepalive},
    {"wrong-channel", &Misbehaviour::wrong_channel},
    {"wrong-sequence", &Misbehaviour::wrong_sequence},
    {"other-answer", &Misbehaviour::other_answer},
    {"oversized-length", &Misbehaviour::oversized_length},
    {"getinfo-fails", &Misbehaviour::get_info_fails},
    {"credmgmt-only-0a", &Misbehaviour::cred_mgmt_only_0a},
    {"credmgmt-only-41", &Misbehaviour::cred_mgmt_only_41},
    {"no-credprotect", &Misbehaviour::no_cred_protect},
    {"always-uv", &Misbehaviour::always_uv},
    {"foreign-resident", &Misbehaviour::foreign_resident},
    {"unknown-resident", &Misbehaviour::unknown_resident},
    {"hostile-names", &Misbehaviour::hostile_names},
    {"cut-names", &Misbehaviour::cut_names},
    {"trailing-bytes", &Misbehaviour::trailing_bytes},
    {"getinfo-refused", &Misbehaviour::get_info_refused},
    {"getinfo-unknown", &Misbehaviour::get_info_unknown},
    {"unprotected", &Misbehaviour::unprotected},
    {"untouched-key", &Misbehaviour::untouched_key},
    {"unverified-key", &Misbehaviour::unverified_key},
    {"untouched-signature", &Misbehaviour::untouched_signature},
    {"unverified-signature", &Misbehaviour::unverified_signature},
    {"two-signatures", &Misbehaviour::two_signatures},
    {"broken-resident", &Misbehaviour::broken_resident},
    {"unannounced", &Misbehaviour::unannounced},
    {"cut-applications", &Misbehaviour::cut_applications},
    {"vanish-on-touch", &Misbehaviour::vanish_on_touch},
    {"reset-late", &Misbehaviour::reset_late},
    {"uv-fails", &Misbehaviour::uv_fails},
    {"wrong-status", &Misbehaviour::wrong_status},
    {"short-answer", &Misbehaviour::short_answer},
    {"check-only-succeeds", &Misbehaviour::check_only_succeeds},
    {"garbage-certificate", &Misbehaviour::garbage_certificate},
    {"wrong-handle", &Misbehaviour::wrong_handle},
    {"never-touched", &Misbehaviour::never_touched},
    {"pulled-midway", &Misbehaviour::pulled_midway},
    {"endless-response", &Misbehaviour::endless_response},
    {"half-status-word", &Misbehaviour::half_status_word},
};

constexpr std::string_view kHangAfter = "hang-after=";

}  // namespace

Result<> misbehave(Misbehaviour& how, std::string_view name) {
  for (const auto& [known, member] : kSwitches) {
    if (name != known) continue;
    how.*member = true;
    return {};
  }
  if (name.starts_with(kHangAfter)) {
    const std::string_view digits = name.substr(kHangAfter.size());
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc() || end != digits.data() + digits.size())
      return fail(Code::kUsage, "hang-after: not a number: " + std::string(digits));
    how.hang_after = count;
    return {};
  }
  return fail(Code::kUsage, "unknown misbehaviour: " + std::string(name), "softkey --help lists the names");
}

std::vector<std::string> misbehaviour_names() {
  std::vector<std::string> names;
  for (const auto& [name, member] : kSwitches) names.emplace_back(name);
  names.emplace_back("hang-after=N");
  return names;
}

}  // namespace halligan::softkey
