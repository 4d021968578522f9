#include "prove/session.hpp"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/codec.hpp"
#include "base/handle.hpp"

namespace halligan::prove {
namespace {

constexpr std::string_view kHostKeyTypes =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

// The types that are known come first: then a host that has several shows the one that can be compared.
std::string preferred(const std::vector<std::string>& types) {
  std::string out;
  for (const std::string& each : types) {
    const std::string names = each == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : each;
    if (("," + std::string(kHostKeyTypes) + ",").find("," + names + ",") != std::string::npos)
      out += names + ",";
  }
  return out.append(kHostKeyTypes);
}

bool set_options(ssh_session session, int fd, const std::string& account, const std::string& types) {
  const bool no = false;
  const int port = 22;
  // The host's name is for libssh's own known_hosts, which are not used.
  return ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
         ssh_options_set(session, SSH_OPTIONS_HOST, "host") == 0 &&
         ssh_options_set(session, SSH_OPTIONS_PORT, &port) == 0 &&
         ssh_options_set(session, SSH_OPTIONS_FD, &fd) == 0 &&
         // Else libssh asks for the home of this user, of a directory service if need be, each time.
         ssh_options_set(session, SSH_OPTIONS_SSH_DIR, "/dev/null") == 0 &&
         ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == 0 &&
         ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == 0 &&
         ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, types.c_str()) == 0 &&
         ssh_options_set(session, SSH_OPTIONS_USER, account.c_str()) == 0;
}

}  // namespace

Result<AskedKey> AskedKey::of(const ssh::Certificate& certificate) {
  const std::string_view name = ssh::certificate_name(certificate.body.subject.type());
  ssh_key key = nullptr;
  if (ssh_pki_import_cert_base64(base64(ssh::encode(certificate)).c_str(),
                                 ssh_key_type_from_name(std::string(name).c_str()), &key) != SSH_OK) {
    return fail(Code::kUnsupported, "libssh cannot ask with a certificate of the type " + std::string(name));
  }
  AskedKey out;
  out.key_ = {key, ssh_key_free};
  return out;
}

Session::Session(ssh_session_struct* session, Descriptor socket, int copy)
    : session_(session), socket_(std::move(socket)), copy_(copy) {}

Session::Session(Session&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)),
      socket_(std::move(other.socket_)),
      copy_(other.copy_) {}

Session::~Session() {
  if (session_ == nullptr) return;
  ssh_disconnect(session_);
  ssh_free(session_);
  // Whether libssh has closed its copy depends on its version and on how far it came.
  struct stat ours {};
  struct stat theirs {};
  if (copy_ >= 0 && ::fstat(socket_.get(), &ours) == 0 && ::fstat(copy_, &theirs) == 0 &&
      ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
    ::close(copy_);
}

Result<Session> Session::begin(Descriptor fd, const std::string& account,
                               const std::vector<std::string>& host_key_types) {
  const ssh_session session = ssh_new();
  if (session == nullptr) return fail(Code::kInternal, "libssh: out of memory");
  const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  Session out(session, std::move(fd), copy);
  if (copy < 0) return fail(errno_error(Code::kInternal, "cannot copy a socket", errno));
  ssh_set_blocking(session, 0);
  if (!set_options(session, copy, account, preferred(host_key_types)))
    return fail(Code::kUsage, std::string("libssh: ") + printable(ssh_get_error(session)));
  return out;
}

Session::Step Session::exchange() {
  const int done = ssh_connect(session_);
  return done == SSH_OK ? Step::kDone : done == SSH_AGAIN ? Step::kWaits : Step::kFailed;
}

Result<Bytes> Session::host_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) return fail(Code::kUnreachable, reason());
  const Handle<ssh_key_struct, ssh_key_free> held(key);
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
    return fail(Code::kUnreachable, "it has no host key");
  const Handle<char, ssh_string_free_char> freed(text);
  return parse_base64(text);
}

Session::Reply Session::ask(const AskedKey& key) {
  switch (ssh_userauth_try_publickey(session_, nullptr, key.key_.get())) {
    case SSH_AUTH_SUCCESS:
      return Reply::kYes;
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL:
      // libssh 0.11 says so of a server that has said goodbye, too.
      return ended() ? Reply::kFailed : Reply::kNo;
    case SSH_AUTH_AGAIN:
      // libssh would wait for ever for an answer of a server that has said goodbye.
      return ended() ? Reply::kFailed : Reply::kWaits;
    default:
      return Reply::kFailed;
  }
}

bool Session::takes_public_keys() const {
  return (static_cast<unsigned>(ssh_userauth_list(session_, nullptr)) & SSH_AUTH_METHOD_PUBLICKEY) != 0;
}

std::string Session::methods() const {
  constexpr std::array<std::pair<unsigned, const char*>, 5> kMethods{
      {{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
       {SSH_AUTH_METHOD_PASSWORD, "password"},
       {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
       {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
       {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"}}};
  const auto allowed = static_cast<unsigned>(ssh_userauth_list(session_, nullptr));
  std::string out;
  for (const auto& [bit, name] : kMethods) {
    if ((allowed & bit) != 0) out += (out.empty() ? "" : ",") + std::string(name);
  }
  return out.empty() ? "nothing" : out;
}

std::string Session::reason() const {
  const std::string_view said = ssh_get_error(session_);
  return std::string(said.empty() ? "libssh does not say why" : said);  // without memory
}

bool Session::ended() const {
  return ssh_is_connected(session_) == 0 || (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

short Session::events() const {
  const auto flags = static_cast<unsigned>(ssh_get_poll_flags(session_));
  return (flags & SSH_WRITE_PENDING) != 0 ? POLLIN | POLLOUT : POLLIN;
}

}  // namespace halligan::prove
