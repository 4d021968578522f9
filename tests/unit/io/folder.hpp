// A temporary folder that goes with everything in it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace halligan::io {

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "halligan-io-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream file(*this / name, std::ios::binary);
    file << text;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// "a=text b=text …", sorted; a symbolic link as "a->target".
  std::string listing() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      if (entry.is_symlink()) {
        all.push_back(name + "->" + std::filesystem::read_symlink(entry.path()).string());
      } else if (entry.is_directory()) {
        all.push_back(name + "/");
      } else {
        all.push_back(name + "=" + text(name));
      }
    }
    std::sort(all.begin(), all.end());
    std::string out;
    for (const std::string& each : all) out += (out.empty() ? "" : " ") + each;
    return out;
  }

 private:
  std::string path_;
};

}  // namespace halligan::io
