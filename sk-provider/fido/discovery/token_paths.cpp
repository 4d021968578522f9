#include "fido/discovery/token_paths.hpp"

#include <fido.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

#include "base/codec.hpp"
#include "fido/discovery/hidraw_nodes.hpp"
#include "fido/failure.hpp"
#include "fido/transport/card_transport.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kMostTokens = 64;

std::string text_of(const char* text) { return text == nullptr ? std::string() : std::string(text); }

Result<std::vector<TokenPath>> plugged_in() {
  const auto free_list = [](fido_dev_info_t* list) { fido_dev_info_free(&list, kMostTokens); };
  const std::unique_ptr<fido_dev_info_t, decltype(free_list)> infos(fido_dev_info_new(kMostTokens),
                                                                    free_list);
  if (infos == nullptr) throw std::bad_alloc();
  std::size_t found = 0;
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
  if (const int status = fido_dev_info_manifest(infos.get(), kMostTokens, &found); status != FIDO_OK) {
    return fail(Code::kUnreachable, std::string("cannot look for tokens: ") + status_words(status));
  }
  std::vector<TokenPath> tokens;
  for (std::size_t i = 0; i < found; ++i) {
    const fido_dev_info_t* info = fido_dev_info_ptr(infos.get(), i);
    std::string product = text_of(fido_dev_info_manufacturer_string(info));
    const std::string model = text_of(fido_dev_info_product_string(info));
    if (!product.empty() && !model.empty()) product += ' ';
    // Names come from the device and go to terminals.
    tokens.push_back({text_of(fido_dev_info_path(info)), printable(product + model)});
  }
  return tokens;
}

// Only if no token is plugged in: selecting the FIDO applet disturbs other programs that use a card, and a
// device that is both would be found twice.
Result<std::vector<TokenPath>> cards() {
  const CardsFound found = find_cards();
  std::vector<TokenPath> tokens;
  for (const std::string& reader : found.fido) tokens.push_back({std::string(kCardPrefix) + reader, {}});
  if (tokens.empty() && !found.held.empty()) return fail(card_open_failure(found.held.front(), EBUSY));
  return tokens;
}

// Whether there is a reader cannot be seen without asking pcscd: a card is looked for when it is used.
bool is_there(const std::string& path) { return reader_of(path) || ::access(path.c_str(), F_OK) == 0; }

// A node and a link to it, or two nodes of one device, are one token, which would wait for itself.
bool is_same(const std::string& one, const std::string& other) {
  struct stat a {};
  struct stat b {};
  if (one == other) return true;
  if (::stat(one.c_str(), &a) != 0 || ::stat(other.c_str(), &b) != 0) return false;
  const bool devices = S_ISCHR(a.st_mode) && S_ISCHR(b.st_mode);
  return devices ? a.st_rdev == b.st_rdev && a.st_rdev != 0 : a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Result<std::vector<TokenPath>> find_tokens(const Settings& settings,
                                           const std::optional<std::string>& device) {
  if (device) return std::vector<TokenPath>{{*device, {}}};
  if (!settings.devices.empty()) {
    std::vector<TokenPath> tokens;
    for (const std::string& path : settings.devices) {
      const bool again =
          std::ranges::any_of(tokens, [&](const TokenPath& each) { return is_same(each.path, path); });
      if (is_there(path) && !again) tokens.push_back({path, {}, settings.devices_from});
    }
    if (!tokens.empty()) return tokens;
    std::string paths;
    for (const std::string& path : settings.devices) paths += (paths.empty() ? "" : ", ") + path;
    return fail(Code::kNotFound, "no token at " + paths, "insert the token, or fix " + settings.devices_from);
  }
  HALLIGAN_TRY(auto tokens, plugged_in());
  if (tokens.empty()) {
    HALLIGAN_TRY(tokens, cards());
  }
  if (tokens.empty()) {
    // Opening one of these gives the right error: no permission.
    for (std::string& node : inaccessible_nodes("/sys/class/hidraw", "/dev"))
      tokens.push_back({std::move(node), {}});
  }
  if (tokens.empty()) return fail(Code::kNotFound, "no FIDO2 token found", "insert the token and try again");
  return tokens;
}

}  // namespace halligan::fido
