// halligan agent chain
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "agents/chain.hpp"
#include "agents/command.hpp"
#include "base/codec.hpp"
#include "ca/authority_key.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/random.hpp"
#include "io/folders.hpp"
#include "io/process.hpp"
#include "io/unix_socket.hpp"
#include "issue/route.hpp"
#include "ssh/agent.hpp"
#include "ui/confirm.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::agents {
namespace {

constexpr std::chrono::seconds kAgentWait{3};
constexpr std::chrono::minutes kPassphraseWait{5};
constexpr std::size_t kSessionSize = 32;
constexpr const char* kOther = "use OpenSSH's ssh-agent, 8.9 or later; halligan env --start starts one";

// What is known of a host that was named.
struct Known {
  std::string name{};                ///< under which its key is looked up: "[web1]:2222"
  std::vector<std::string> files{};  ///< where it is
};

// The key, and its certificates: ssh-add adds KEY-cert.pub beside it.
Result<std::vector<Bytes>> blobs_of(ByteView listed, const ssh::PublicKey& key) {
  HALLIGAN_TRY(const auto entries, ssh::parse_agent_entries(listed));
  std::vector<Bytes> out;
  for (const ssh::AgentEntry& each : entries) {
    const auto certificate = ssh::parse_certificate(each.blob);
    if (each.blob == key.blob() || (certificate && certificate->body.subject == key))
      out.push_back(each.blob);
  }
  return out;
}

// A connection that claims to be used for a session with a host that nobody has named: what the agent lists
// there is not held back from anybody.
class Stranger {
 public:
  /// @errors kUnreachable · kUnsupported: the agent knows nothing of sessions
  static Result<Stranger> knock(const std::string& agent) {
    HALLIGAN_TRY(auto connection, io::UnixSocket::connect(agent));
    HALLIGAN_TRY(const ssh::PrivateKey host, crypto::generate_key(ssh::KeyType::kEd25519));
    HALLIGAN_TRY(const Bytes session, crypto::random_bytes(kSessionSize));
    HALLIGAN_TRY(const ssh::Signature signature, crypto::sign(host, session));
    Stranger out(std::move(connection));
    HALLIGAN_TRY(const Bytes answer, out.ask(ssh::agent_bind_request(host.key, session, signature)));
    if (!ssh::parse_agent_success(answer))
      return fail(Code::kUnsupported, "the agent at " + printable(agent) + " does not keep keys to hosts",
                  kOther);
    return out;
  }

  Result<std::vector<Bytes>> sees(const ssh::PublicKey& key) {
    HALLIGAN_TRY(const Bytes answer, ask(ssh::agent_list_request()));
    return blobs_of(answer, key);
  }

 private:
  explicit Stranger(io::UnixSocket connection) : connection_(std::move(connection)) {}

  Result<Bytes> ask(ByteView message) {
    return connection_.ask(ssh::agent_frame(message), ssh::kMaxAgentMessage, kAgentWait);
  }

  io::UnixSocket connection_;
};

// ssh-add looks names up as they are, so it gets those that ssh looks up for what was typed.
Result<Known> look_up(const std::string& typed, const ChainOptions& options) {
  std::vector<std::string> argv{"ssh"};
  argv.insert(argv.end(), options.ssh_arguments.begin(), options.ssh_arguments.end());
  argv.insert(argv.end(), {"--", typed});
  HALLIGAN_TRY(const issue::Route route, issue::find_route(argv, typed));
  Known known{.name = route.target().key_name};
  for (const std::string& file : route.target().known_hosts) {
    HALLIGAN_TRY(const io::Kind kind, io::kind_of(file));
    if (kind == io::Kind::kNothing) continue;
    HALLIGAN_TRY(const auto done,
                 io::run({.argv = {"ssh-keygen", "-F", known.name, "-f", file}, .err = io::Null{}}));
    if (done.exit_code == 0) known.files.push_back(file);
  }
  if (!known.files.empty()) return known;
  return fail(Code::kNotFound, "the host key of " + printable(typed) + " is not known",
              "log in to it once: ssh " + shell_word(typed));
}

std::string constraint_name(const std::string& typed, const Known& known) {
  const std::size_t at = typed.rfind('@');
  return (at == std::string::npos ? "" : typed.substr(0, at + 1)) + known.name;
}

class Chain {
 public:
  explicit Chain(const ChainOptions& options) : options_(options) {}

  Result<int> run() {
    HALLIGAN_TRY(hops_, hops_of(options_.ways));
    agent_ = options_.agent.empty() ? io::agent_socket() : options_.agent;
    if (agent_.empty())
      return fail(Code::kUnreachable, "no ssh-agent: SSH_AUTH_SOCK is not set",
                  "start one that lasts: halligan env --start");
    HALLIGAN_TRY(key_, ca::read_authority_public_key(options_.key));
    for (const Hop& hop : hops_) {
      if (hosts_.contains(hop.to)) continue;
      HALLIGAN_TRY(hosts_[hop.to], look_up(hop.to, options_));
    }
    // Before the key is in: an agent that ignores constraints would lend it to everybody.
    HALLIGAN_CHECK(Stranger::knock(agent_));
    if (!options_.yes) {
      ui::tell(plan());
      HALLIGAN_CHECK(ui::ask_for_yes("Add the key for these hops?", "add"));
    }
    HALLIGAN_CHECK(add());
    HALLIGAN_CHECK(check());
    HALLIGAN_CHECK(
        ui::print(options_.output.json ? ui::json_line(json()) : (options_.yes ? plan() : "") + next()));
    return 0;
  }

 private:
  std::vector<std::string> argv() const {
    std::vector<std::string> argv{"ssh-add"};
    if (options_.lifetime) argv.insert(argv.end(), {"-t", std::to_string(*options_.lifetime)});
    std::vector<std::string> files;
    for (const auto& [typed, known] : hosts_) {
      for (const std::string& file : known.files) {
        if (std::ranges::find(files, file) == files.end()) files.push_back(file);
      }
    }
    for (const std::string& file : files) argv.insert(argv.end(), {"-H", file});
    for (const Hop& hop : hops_) {
      // The account is that of the hop's end: none may be named for its beginning.
      const std::string from = hop.from.empty() ? "" : hosts_.at(hop.from).name + ">";
      argv.insert(argv.end(), {"-h", from + constraint_name(hop.to, hosts_.at(hop.to))});
    }
    argv.insert(argv.end(), {"--", ca::without_pub(options_.key)});
    return argv;
  }

  Result<> add() const {
    HALLIGAN_TRY(const auto done, io::run({.argv = argv(),
                                           .in = io::Terminal{},
                                           .err = io::Relayed{},
                                           .timeout = kPassphraseWait,
                                           .variables = {{"SSH_AUTH_SOCK", agent_}}}));
    if (done.exit_code == 0) return {};
    return fail(Code::kUnreachable,
                fmt::format("ssh-add ended with status {}; the key was not added", done.exit_code));
  }

  // Here it is listed, and where a session leads to a host that was not named, neither it nor a certificate
  // is.
  Result<> check() const {
    HALLIGAN_TRY(auto here, io::UnixSocket::connect(agent_));
    HALLIGAN_TRY(const Bytes listed,
                 here.ask(ssh::agent_frame(ssh::agent_list_request()), ssh::kMaxAgentMessage, kAgentWait));
    HALLIGAN_TRY(const auto held, blobs_of(listed, *key_));
    if (held.empty())
      return fail(Code::kUnreachable, "the agent accepted the key, but does not list it", kOther);
    HALLIGAN_TRY(Stranger stranger, Stranger::knock(agent_));
    HALLIGAN_TRY(const auto lent, stranger.sees(*key_));
    if (lent.empty()) return {};
    for (const Bytes& blob : held) {
      HALLIGAN_TRY(const Bytes removed, here.ask(ssh::agent_frame(ssh::agent_remove_request(blob)),
                                                 ssh::kMaxAgentMessage, kAgentWait));
      HALLIGAN_CHECK(
          ssh::parse_agent_success(removed).in("the agent lends the key to any host, and keeps it"));
    }
    return fail(Code::kUnsupported,
                "the agent lends the key or a certificate of it to any host; they were removed from it",
                kOther);
  }

  std::string plan() const {
    std::string text = ui::foreign_row("Agent", agent_) + ui::text_row("Key", ui::key_words(*key_));
    for (const Hop& hop : hops_)
      text += ui::foreign_row("Hop",
                              (hop.from.empty() ? "here" : std::string(host_of(hop.from))) + " → " + hop.to);
    if (options_.lifetime) text += ui::text_row("For", ui::duration_words(*options_.lifetime));
    return text;
  }

  // The agent is forwarded to hosts from which a hop begins, and to no other.
  std::string next() const {
    std::vector<std::string> forwards;
    for (const Hop& hop : hops_) {
      const std::string command = "ssh -A " + shell_word(hop.from);
      if (!hop.from.empty() && std::ranges::find(forwards, command) == forwards.end())
        forwards.push_back(command);
    }
    std::string text;
    for (const std::string& each : forwards) text += ui::foreign_row("Log in", each);
    return text;
  }

  ui::Json json() const {
    ui::Json out;
    ui::put_text(out, "agent", agent_);
    out["key"] = ui::key_json(*key_);
    out["hops"] = ui::Json::array();
    for (const Hop& hop : hops_) {
      ui::Json each{{"from", ui::json_text(hop.from)}, {"to", ui::json_text(hop.to)}};
      each["name"] = ui::json_text(hosts_.at(hop.to).name);
      out["hops"].push_back(std::move(each));
    }
    out["lifetime"] = options_.lifetime ? ui::Json(*options_.lifetime) : ui::Json(nullptr);
    return out;
  }

  const ChainOptions& options_;
  std::vector<Hop> hops_{};
  std::string agent_{};
  std::optional<ssh::PublicKey> key_{};
  std::map<std::string, Known> hosts_{};  ///< as they were typed
};

}  // namespace

Result<int> add_chain(const ChainOptions& options) { return Chain(options).run(); }

}  // namespace halligan::agents
