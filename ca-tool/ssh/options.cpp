#include "ssh/options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>

#include "base/codec.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

struct Known {
  std::string_view name;
  bool critical;
  OptionKind kind;
};

// draft-miller-ssh-cert, sections 3.1 and 3.2, and OpenSSH's PROTOCOL.certkeys.
constexpr std::array<Known, 9> kKnown{{
    {"force-command", true, OptionKind::kValue},
    {"source-address", true, OptionKind::kValue},
    {"verify-required", true, OptionKind::kFlag},
    {"no-touch-required", false, OptionKind::kFlag},
    {"permit-X11-forwarding", false, OptionKind::kFlag},
    {"permit-agent-forwarding", false, OptionKind::kFlag},
    {"permit-port-forwarding", false, OptionKind::kFlag},
    {"permit-pty", false, OptionKind::kFlag},
    {"permit-user-rc", false, OptionKind::kFlag},
}};

// The arguments of -O that set or clear a flag, in lower case.
struct Switch {
  std::string_view argument;
  std::string_view name;
  bool critical;
  bool on;
};
constexpr std::array<Switch, 14> kSwitches{{
    {"permit-x11-forwarding", "permit-X11-forwarding", false, true},
    {"no-x11-forwarding", "permit-X11-forwarding", false, false},
    {"permit-agent-forwarding", "permit-agent-forwarding", false, true},
    {"no-agent-forwarding", "permit-agent-forwarding", false, false},
    {"permit-port-forwarding", "permit-port-forwarding", false, true},
    {"no-port-forwarding", "permit-port-forwarding", false, false},
    {"permit-pty", "permit-pty", false, true},
    {"no-pty", "permit-pty", false, false},
    {"permit-user-rc", "permit-user-rc", false, true},
    {"no-user-rc", "permit-user-rc", false, false},
    {"no-touch-required", "no-touch-required", false, true},
    {"touch-required", "no-touch-required", false, false},
    {"verify-required", "verify-required", true, true},
    {"no-verify-required", "verify-required", true, false},
}};

constexpr std::size_t kMaxName = 255;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

OptionKind kind_of(CertificateType type, std::string_view name, bool critical) {
  if (type == CertificateType::kHost) return OptionKind::kUnknown;  // the draft defines none for hosts
  for (const Known& known : kKnown) {
    if (known.critical == critical && known.name == name) return known.kind;
  }
  return OptionKind::kUnknown;
}

// Collects arguments of -O; a map because options are signed in the order of their names.
class Collector {
 public:
  explicit Collector(CertificateType type) : type_(type) {
    if (type == CertificateType::kUser) set(false)["permit-pty"] = {};
  }

  Result<> take(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string head = lower(std::string_view(argument).substr(0, equals));
    if (argument.find('\0') != std::string::npos) return fail(Code::kUsage, "a NUL inside");
    if (head.starts_with("critical:")) return custom(true, argument.substr(9));
    if (head.starts_with("extension:")) return custom(false, argument.substr(10));
    if (type_ == CertificateType::kHost) {
      return fail(Code::kUsage, "not for a host certificate",
                  "a host certificate takes only critical:NAME and extension:NAME");
    }
    if (head == "force-command" || head == "source-address") {
      if (equals == std::string::npos) return fail(Code::kUsage, "needs a value", "-O " + head + "=VALUE");
      return value(head, argument.substr(equals + 1));
    }
    if (equals == std::string::npos && head == "clear") {
      clear();
      return {};
    }
    return flip(argument, lower(argument));
  }

  OptionSet finish() {
    OptionSet out;
    for (auto& [name, data] : critical_) out.critical.push_back({name, std::move(data)});
    for (auto& [name, data] : extensions_) out.extensions.push_back({name, std::move(data)});
    return out;
  }

 private:
  using Map = std::map<std::string, Bytes, std::less<>>;

  Map& set(bool critical) { return critical ? critical_ : extensions_; }

  // As in ssh-keygen: the switches go, values and custom options stay.
  void clear() {
    for (const Switch& each : kSwitches) drop(each);
  }

  void drop(const Switch& which) {
    const auto found = set(which.critical).find(which.name);
    if (found != set(which.critical).end()) set(which.critical).erase(found);
  }

  Result<> flip(const std::string& argument, const std::string& lowered) {
    for (const Switch& each : kSwitches) {
      if (each.argument != lowered) continue;
      if (each.on) {
        set(each.critical)[std::string(each.name)] = {};
      } else {
        drop(each);
      }
      return {};
    }
    return fail(
        Code::kUsage, "unknown certificate option",
        "write another name as critical:" + printable(argument) + " or extension:" + printable(argument));
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
    if (set(critical).contains(name)) return fail(Code::kUsage, "given twice");
    CertificateOption made =
        equals == std::string::npos ? flag_option(name) : value_option(name, rest.substr(equals + 1));
    const OptionKind kind = kind_of(type_, name, critical);
    if (kind != OptionKind::kUnknown && (kind == OptionKind::kValue) == made.data.empty()) {
      return fail(Code::kUsage, kind == OptionKind::kValue ? "needs a value" : "takes no value");
    }
    set(critical)[name] = std::move(made.data);
    return {};
  }

  CertificateType type_;
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
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size() || prefix > size * 8) {
      return fail(Code::kBadInput, "not a prefix length: " + shown);
    }
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

OptionKind critical_kind(CertificateType type, std::string_view name) { return kind_of(type, name, true); }
OptionKind extension_kind(CertificateType type, std::string_view name) { return kind_of(type, name, false); }

Result<std::optional<std::string>> option_value(const CertificateOption& option) {
  if (option.data.empty()) return std::nullopt;
  WireReader reader(option.data);
  HALLIGAN_TRY(const std::string_view value, reader.text());
  HALLIGAN_CHECK(reader.done());
  return std::string(value);
}

CertificateOption flag_option(std::string_view name) { return {std::string(name), {}}; }

CertificateOption value_option(std::string_view name, std::string_view value) {
  WireWriter data;
  data.text(value);
  return {std::string(name), std::move(data).take()};
}

const CertificateOption* find_option(const CertificateOptions& options, std::string_view name) {
  for (const CertificateOption& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

}  // namespace halligan::ssh
