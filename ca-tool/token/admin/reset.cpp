#include <fido.h>
#include <sys/stat.h>
#include <thread>

#include "token/admin/admin.hpp"

namespace halligan::token {
namespace {

constexpr std::chrono::milliseconds kReplugLook{50};

// A new node of the same name counts, even if its absence was not seen.
bool is_other_node(const struct stat& a, const struct stat& b) {
  return a.st_dev != b.st_dev || a.st_ino != b.st_ino || a.st_ctim.tv_sec != b.st_ctim.tv_sec ||
         a.st_ctim.tv_nsec != b.st_ctim.tv_nsec;
}

}  // namespace

Result<bool> reset(const fido::Context& context) {
  HALLIGAN_TRY(fido::Device device, open_only_token(context));
  const int status = fido_dev_reset(device.get());
  if (status == FIDO_OK) return true;
  if (status == FIDO_ERR_NOT_ALLOWED) return false;
  return fail(device.failure(status, "reset the token"));
}

Result<TokenInfo> await_replug(const fido::Context& context, const std::string& path,
                               std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  struct stat before {};
  struct stat now {};
  bool gone = ::lstat(path.c_str(), &before) != 0;
  while (std::chrono::steady_clock::now() < deadline) {
    gone = gone || ::lstat(path.c_str(), &now) != 0 || is_other_node(before, now);
    if (gone) {
      // udev may not have set the permissions yet: any failure but a second token means "not yet".
      auto info = read_info(context);
      if (info || info.error().code == Code::kUsage) return info;
    }
    std::this_thread::sleep_for(kReplugLook);
  }
  return fail(Code::kNeedsPerson, "the token was not removed and inserted again within " +
                                      std::to_string(patience.count()) + " s");
}

}  // namespace halligan::token
