#include "ssh/options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

// An option, and the arguments of -O that set and clear a flag, in lower case.
struct Known {
  std::string_view name;
  bool critical;
  OptionKind kind;
  std::string_view on{};
  std::string_view off{};
};

// draft-miller-ssh-cert, sections 3.1 and 3.2, and OpenSSH's PROTOCOL.certkeys.
constexpr std::array<Known, 9> kKnown{{
    {"force-command", true, OptionKind::kValue},
    {"source-address", true, OptionKind::kValue},
    {"verify-required", true, OptionKind::kFlag, "verify-required", "no-verify-required"},
    {"no-touch-required", false, OptionKind::kFlag, "no-touch-required", "touch-required"},
    {"permit-X11-forwarding", false, OptionKind::kFlag, "permit-x11-forwarding", "no-x11-forwarding"},
    {"permit-agent-forwarding", false, OptionKind::kFlag, "permit-agent-forwarding", "no-agent-forwarding"},
    {"permit-port-forwarding", false, OptionKind::kFlag, "permit-port-forwarding", "no-port-forwarding"},
    {"permit-pty", false, OptionKind::kFlag, "permit-pty", "no-pty"},
    {"permit-user-rc", false, OptionKind::kFlag, "permit-user-rc", "no-user-rc"},
}};

constexpr std::size_t kMaxName = 255;

// Collects arguments of -O; a map because options are signed in the order of their names.
class Collector {
 public:
  explicit Collector(CertificateType type) : type_(type) {
    if (type == CertificateType::kUser) set(false)["permit-pty"] = {};
  }

  Result<> take(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string head = argument.substr(0, equals);
    if (argument.find('\0') != std::string::npos) return fail(Code::kUsage, "a NUL inside");
    if (is_word(head.substr(0, 9), "critical:")) return custom(true, argument.substr(9));
    if (is_word(head.substr(0, 10), "extension:")) return custom(false, argument.substr(10));
    if (type_ == CertificateType::kHost) {
      return fail(Code::kUsage, "not for a host certificate",
                  "a host certificate takes only critical:NAME and extension:NAME");
    }
    if (is_word(argument, "clear")) {  // as in ssh-keygen: the flags go, values and custom options stay
      for (const Known& known : kKnown) drop(known);
      return {};
    }
    for (const Known& known : kKnown) {
      const std::string name(known.name);
      if (known.kind == OptionKind::kValue && is_word(head, name)) {
        if (equals == std::string::npos) return fail(Code::kUsage, "needs a value", "-O " + name + "=VALUE");
        return value(name, argument.substr(equals + 1));
      }
      if (known.kind == OptionKind::kFlag && is_word(argument, known.on)) {
        set(known.critical)[name] = {};
        return {};
      }
      if (known.kind == OptionKind::kFlag && is_word(argument, known.off)) {
        drop(known);
        return {};
      }
    }
    return fail(
        Code::kUsage, "unknown certificate option",
        "write another name as critical:" + printable(argument) + " or extension:" + printable(argument));
  }

  OptionSet finish() {
    OptionSet out;
    for (auto& [name, data] : critical_) out.critical.push_back({name, std::move(data)});
    for (auto& [name, data] : extensions_) out.extensions.push_back({name, std::move(data)});
    return out;
  }

 private:
  using Map = std::map<std::string, Bytes>;

  Map& set(bool critical) { return critical ? critical_ : extensions_; }

  void drop(const Known& known) {
    if (known.kind == OptionKind::kFlag) set(known.critical).erase(std::string(known.name));
  }

  Result<> value(const std::string& name, const std::string& text) {
    if (text.empty()) return fail(Code::kUsage, "empty value");
    if (critical_.contains(name)) return fail(Code::kUsage, "given twice");
    if (name == "source-address") {
      if (auto checked = check_source_address(text); !checked) {
        Error error = std::move(checked).error();
        error.code = Code::kUsage;  // it was typed, not read from a certificate
        return fail(std::move(error));
      }
    }
    critical_[name] = value_option(name, text).data;
    return {};
  }

  Result<> custom(bool critical, const std::string& rest) {
    const std::size_t equals = rest.find('=');
    const std::string name = rest.substr(0, equals);
    if (name.empty() || name.size() > kMaxName) return fail(Code::kUsage, "the name must have 1..255 bytes");
    CertificateOption made =
        equals == std::string::npos ? flag_option(name) : value_option(name, rest.substr(equals + 1));
    const OptionKind kind = option_kind(type_, name, critical);
    if (kind != OptionKind::kUnknown && (kind == OptionKind::kValue) == made.data.empty()) {
      return fail(Code::kUsage, kind == OptionKind::kValue ? "needs a value" : "takes no value");
    }
    const auto [place, fresh] = set(critical).try_emplace(name, made.data);
    // A flag that is set is set: by default, or as "permit-pty".
    if (fresh || (kind == OptionKind::kFlag && place->second == made.data && typed_.insert(name).second))
      return {};
    return fail(Code::kUsage, "given twice");
  }

  CertificateType type_;
  std::set<std::string> typed_;  // by "critical:" and "extension:", of what was there already
  Map critical_;
  Map extensions_;
};

// Every bit after the first `prefix` is zero.
bool host_bits_clear(ByteView address, unsigned prefix) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const unsigned first = static_cast<unsigned>(i) * 8;
    const unsigned keep = prefix <= first ? 0 : std::min(8U, prefix - first);
    if ((address[i] & (0xFFU >> keep)) != 0) return false;
  }
  return true;
}

constexpr std::size_t kLongestNetwork = 49;  // what sshd reads: INET6_ADDRSTRLEN + 3

// Also what inet_aton() reads as an IPv4 address, as getaddrinfo() does in sshd: "127.1", "0177.0.0.1". Of
// the characters that sshd lets into an entry, hexadecimal and blanks are not.
bool read_numbers_and_dots(const std::string& address, std::array<std::uint8_t, 16>& raw) {
  in_addr read{};
  if (address.find_first_not_of("0123456789.") != std::string::npos) return false;
  if (::inet_aton(address.c_str(), &read) != 1) return false;
  std::memcpy(raw.data(), &read.s_addr, sizeof read.s_addr);
  return true;
}

// The entry as one would write it.
Result<std::string> read_network(std::string_view entry, bool as_sshd) {
  const std::string shown = printable(entry.substr(0, 64));
  const std::size_t slash = entry.find('/');
  const std::string address(entry.substr(0, slash));
  std::array<std::uint8_t, 16> raw{};
  std::size_t size = 0;
  if (address.find('\0') == std::string::npos) {
    if (::inet_pton(AF_INET, address.c_str(), raw.data()) == 1) {
      size = 4;
    } else if (::inet_pton(AF_INET6, address.c_str(), raw.data()) == 1) {
      size = 16;
    }
  }
  std::string out(entry);
  if (size == 0 && as_sshd && read_numbers_and_dots(address, raw)) {
    size = 4;
    out = std::to_string(raw[0]);
    for (std::size_t i = 1; i < size; ++i) out += "." + std::to_string(raw[i]);
    if (slash != std::string_view::npos) out += entry.substr(slash);
  }
  if (size == 0 || entry.size() > kLongestNetwork) {
    return fail(Code::kBadInput, "not an IP address: " + shown);
  }
  unsigned prefix = static_cast<unsigned>(size) * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = entry.substr(slash + 1);
    prefix = whole_number<unsigned>(digits).value_or(129);  // more than any
    if (prefix > size * 8) return fail(Code::kBadInput, "not a prefix length: " + shown);
  }
  if (!host_bits_clear(ByteView(raw).first(size), prefix)) {
    return fail(Code::kBadInput, "host bits set: " + shown,
                "give the address of the network, with the host bits zero");
  }
  return out;
}

Result<std::string> read_networks(std::string_view list, bool as_sshd) {
  std::string out;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view entry = list.substr(0, comma);
    if (entry.empty()) return fail(Code::kBadInput, "empty entry in the list of addresses");
    HALLIGAN_TRY(const std::string network, read_network(entry, as_sshd));
    out += network;
    if (comma == std::string_view::npos) return out;
    out += ',';
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

Result<OptionSet> parse_options(CertificateType type, std::span<const std::string> arguments) {
  Collector collector(type);
  for (const std::string& argument : arguments) {
    HALLIGAN_CHECK(collector.take(argument).in("-O " + printable(argument.substr(0, 128))));
  }
  return collector.finish();
}

Result<> check_source_address(std::string_view list) {
  HALLIGAN_CHECK(read_networks(list, false));
  return {};
}

Result<std::string> plain_source_address(std::string_view list) { return read_networks(list, true); }

OptionKind option_kind(CertificateType type, std::string_view name, bool critical) {
  if (type == CertificateType::kHost) return OptionKind::kUnknown;  // the draft defines none for hosts
  for (const Known& known : kKnown) {
    if (known.critical == critical && known.name == name) return known.kind;
  }
  return OptionKind::kUnknown;
}

Result<std::optional<std::string>> option_value(const CertificateOption& option) {
  if (option.data.empty()) return std::nullopt;
  WireReader reader(option.data);
  HALLIGAN_TRY(const std::string_view value, reader.text());
  HALLIGAN_CHECK(reader.done());
  return std::string(value);
}

CertificateOption flag_option(std::string_view name) { return {std::string(name), {}}; }

CertificateOption value_option(std::string_view name, std::string_view value) {
  return {std::string(name), WireWriter().text(value).take()};
}

const CertificateOption* find_option(const CertificateOptions& options, std::string_view name) {
  for (const CertificateOption& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

}  // namespace halligan::ssh
