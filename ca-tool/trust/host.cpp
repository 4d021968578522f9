#include "trust/host.hpp"

#include <fcntl.h>

#include <array>

#include "base/codec.hpp"
#include "io/process.hpp"
#include "io/signals.hpp"
#include "trust/facts.hpp"

namespace halligan::trust {
namespace {

constexpr std::chrono::minutes kLoginWait{5};  // somebody may have to type a password

}  // namespace

std::string Host::shown() const { return local() ? "this machine" : printable(name); }

std::vector<std::string> Host::ssh(bool fresh, const std::vector<std::string>& more) const {
  std::vector<std::string> argv{"ssh", "-T", "-o", "ClearAllForwardings=yes"};
  if (fresh) argv.insert(argv.end(), {"-o", "ControlPath=none", "-o", "ControlMaster=no"});
  argv.insert(argv.end(), more.begin(), more.end());
  argv.insert(argv.end(), ssh_arguments.begin(), ssh_arguments.end());
  return argv;
}

std::vector<std::string> Host::shell() const {
  if (local()) {
    if (sudo) return {"sudo", "-n", "sh", "-s"};
    return {"sh", "-s"};
  }
  std::vector<std::string> argv = ssh(false);
  // sudo forgets where the login comes from.
  argv.insert(argv.end(),
              {"--", name, sudo ? "sudo -n env SSH_CONNECTION=\"$SSH_CONNECTION\" sh -s" : "sh -s"});
  return argv;
}

Result<std::string> run_script(const Host& host, const std::string& script) {
  HALLIGAN_TRY(auto done, io::run({.argv = host.shell(),
                                   .in = as_bytes(script),
                                   .out = io::Captured{kLargestFacts},
                                   .err = io::Inherited{},
                                   .timeout = kLoginWait}));
  if (done.exit_code == 0) return std::move(done.out);
  return fail(Code::kUnreachable,
              host.shown() + ": the shell there ended with status " + std::to_string(done.exit_code),
              host.local() ? "" : "see that this works: ssh " + shell_word(host.name) + " true");
}

Result<Conversation> Conversation::start(const Host& host, const std::string& script) {
  HALLIGAN_TRY(io::Pipe in, io::make_pipe());
  HALLIGAN_TRY(io::Pipe out, io::make_pipe());
  HALLIGAN_TRY(io::Child child,
               io::Child::start(host.shell(), {in.read.get(), out.write.get(), STDERR_FILENO}));
  in.read.reset();
  out.write.reset();
  Conversation made(std::move(child), std::move(in.write), std::move(out.read));
  if (!made.send(script)) return fail(Code::kUnreachable, host.shown() + ": the connection was closed");
  return made;
}

std::optional<std::string> Conversation::line(io::Deadline deadline) {
  constexpr std::size_t kLongest = 1 << 16;
  while (true) {
    if (const std::size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string out = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return out;
    }
    std::array<std::uint8_t, 4096> piece;
    if (pending_.size() > kLongest || !io::readable_until(out_.get(), deadline)) return std::nullopt;
    const ssize_t got = io::read_some(out_.get(), piece);
    if (got <= 0) return std::nullopt;
    pending_ += as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
  }
}

bool Conversation::send(std::string_view text) {
  const io::SignalHold no_broken_pipe(io::kNoSignals);
  return in_ && io::write_all(in_.get(), as_bytes(text));
}

}  // namespace halligan::trust
