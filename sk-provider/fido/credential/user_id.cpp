#include "fido/credential/user_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/uninterrupted.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kRandomSize = 16;
constexpr std::size_t kLongestUnique = UserId{}.size() - kRandomSize - 1;

}  // namespace

Result<UserId> user_id(const std::string& user) {
  UserId id{};
  if (user.size() >= id.size()) return fail(Code::kBadInput, "the user is longer than 31 bytes");
  std::copy(user.begin(), user.end(), id.begin());
  return id;
}

Result<UserId> unique_user_id(const std::string& user) {
  if (user.size() > kLongestUnique) {
    return fail(Code::kBadInput, "the user is longer than 15 bytes, which a token without a PIN cannot store",
                "choose a shorter one, or set a PIN");
  }
  HALLIGAN_TRY(UserId id, user_id(user));
  // getrandom(2): up to 256 bytes are never partial.
  const std::size_t size = id.size() - kRandomSize;
  if (uninterrupted([&] { return ::getrandom(id.data() + size, kRandomSize, 0); }) < 0)
    return fail(errno_error(Code::kUnreachable, "no random bytes", errno));
  return id;
}

std::string user_text(ByteView id) {
  const auto bytes = as_text(id);
  if (id.size() == UserId{}.size()) return std::string(bytes.substr(0, bytes.find('\0')));
  return std::string(bytes.substr(0, bytes.find_last_not_of('\0') + 1));
}

}  // namespace halligan::fido
