#include "ssh/key_paths.hpp"

#include <string_view>

namespace halligan::ssh {
namespace {

constexpr std::string_view kPublicSuffix = ".pub";

}  // namespace

std::string certificate_path(const std::string& public_key_path) {
  std::string stem = public_key_path;
  if (stem.ends_with(kPublicSuffix)) stem.resize(stem.size() - kPublicSuffix.size());
  return stem + "-cert.pub";
}

std::string key_path(std::string path) {
  for (const std::string_view suffix : {std::string_view("-cert.pub"), kPublicSuffix}) {
    if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
  }
  return path;
}

}  // namespace halligan::ssh
