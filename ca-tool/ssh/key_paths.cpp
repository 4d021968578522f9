#include "ssh/key_paths.hpp"

namespace halligan::ssh {

std::string certificate_path(const std::string& public_key_path) {
  const bool suffix = public_key_path.ends_with(".pub");
  return public_key_path.substr(0, public_key_path.size() - (suffix ? 4 : 0)) + "-cert.pub";
}

std::string key_path(std::string path) {
  for (const std::string suffix : {"-cert.pub", ".pub"}) {
    if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
  }
  return path;
}

}  // namespace halligan::ssh
