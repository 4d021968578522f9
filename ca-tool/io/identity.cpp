#include "io/identity.hpp"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace halligan::io {

std::optional<std::string> account_name() {
  const passwd* us = ::getpwuid(::getuid());
  return us != nullptr ? std::optional<std::string>(us->pw_name) : std::nullopt;
}

std::string user_name() { return account_name().value_or(std::to_string(::getuid())); }

std::string machine_name() {
  utsname names{};
  if (::uname(&names) != 0 || names.nodename[0] == '\0') return "unknown";
  return static_cast<const char*>(names.nodename);
}

}  // namespace halligan::io
