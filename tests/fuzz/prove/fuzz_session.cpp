// What an SSH server answers, through libssh. The first byte says whether the rest is all that the server
// sends, so that it never proves a key, or a list of answers of a server that does: to the questions in turn.
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "base/uninterrupted.hpp"
#include "crypto/key_pair.hpp"
#include "io/child.hpp"
#include "prove/session.hpp"
#include "ssh/check.hpp"
#include "ssh/key_file.hpp"
#include "trust/example.hpp"

using namespace halligan;
using prove::Session;

namespace {

constexpr int kQuestions = 3;
constexpr int kLongestWait = 60000;  // ms without a word: a hang
constexpr int kMostTurns = 2000;     // of poll(), where something is always readable: another one

class Words {
 public:
  explicit Words(ByteView data) : data_(data) {}
  std::uint8_t byte() {
    if (data_.empty()) return 0;
    const std::uint8_t out = data_.front();
    data_ = data_.subspan(1);
    return out;
  }
  std::string text() {
    const std::size_t size = std::min<std::size_t>(byte(), data_.size());
    std::string out(as_text(data_.first(size)));
    data_ = data_.subspan(size);
    return out;
  }

 private:
  ByteView data_;
};

ssh_bind listener() {
  static const ssh_bind made = [] {
    std::signal(SIGPIPE, SIG_IGN);
    const auto pair = crypto::generate_key(ssh::KeyType::kEd25519);
    demand(pair.has_value());
    const auto text = ssh::write_key_file(*pair, "", 1);
    demand(text.has_value());
    ssh_key key = nullptr;
    demand(ssh_pki_import_privkey_base64(std::string(as_text(text->view())).c_str(), nullptr, nullptr,
                                         nullptr, &key) == SSH_OK);
    const ssh_bind out = ssh_bind_new();
    const bool no = false;
    demand(ssh_bind_options_set(out, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0);
    demand(ssh_bind_options_set(out, SSH_BIND_OPTIONS_IMPORT_KEY, key) == 0);
    return out;
  }();
  return made;
}

ssh_string string_of(const std::string& text) {
  const ssh_string out = ssh_string_new(text.size());
  ssh_string_fill(out, text.data(), text.size());
  return out;
}

/// A server on the other end of a pair of sockets.
class Server {
 public:
  Server(Descriptor socket, ByteView data, bool raw)
      : socket_(std::move(socket)),
        words_(data),
        thread_([this, data, raw] { raw ? send(data) : serve(); }) {}
  ~Server() { finish(); }
  Server(Server&&) = delete;

  void finish() {
    if (thread_.joinable()) thread_.join();
  }
  // Of each question: could its answer be taken for a yes?
  const std::vector<bool>& may_be_yes() const { return may_be_yes_; }

 private:
  void send(ByteView data) {
    while (!data.empty()) {
      const ssize_t sent = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      data = data.subspan(static_cast<std::size_t>(sent));
    }
    ::shutdown(socket_.get(), SHUT_WR);
    std::array<char, 4096> sink;
    while (::read(socket_.get(), sink.data(), sink.size()) > 0) {
    }
  }

  void serve() {
    const ssh_session session = ssh_new();
    if (ssh_bind_accept_fd(listener(), session, socket_.release()) == SSH_OK &&
        ssh_handle_key_exchange(session) == SSH_OK) {
      while (const ssh_message message = ssh_message_get(session)) {
        const bool goes_on = answer(session, message);
        ssh_message_free(message);
        if (!goes_on) break;
      }
    }
    ssh_disconnect(session);
    ssh_free(session);
  }

  bool answer(ssh_session session, ssh_message message) {
    if (ssh_message_type(message) == SSH_REQUEST_SERVICE) {
      if (words_.byte() % 8 == 7) return ssh_message_reply_default(message), true;
      return ssh_message_service_reply_success(message), true;
    }
    if (ssh_message_type(message) != SSH_REQUEST_AUTH) return ssh_message_reply_default(message), true;
    const std::uint8_t kind = words_.byte() % 11;
    may_be_yes_.push_back(kind < 4 || kind == 7);
    switch (kind) {
      case 0:
        ssh_message_auth_reply_pk_ok_simple(message);
        break;
      case 1: {
        const ssh_string algorithm = string_of(words_.text());
        const ssh_string blob = string_of(words_.text());
        ssh_message_auth_reply_pk_ok(message, algorithm, blob);
        ssh_string_free(algorithm);
        ssh_string_free(blob);
        break;
      }
      case 2:
        ssh_message_auth_reply_success(message, 0);
        break;
      case 3: {
        const ssh_string banner = string_of(words_.text());
        ssh_send_issue_banner(session, banner);
        ssh_string_free(banner);
        ssh_message_auth_reply_pk_ok_simple(message);
        break;
      }
      case 4:
        ssh_message_auth_reply_success(message, 1);
        break;
      case 5:
        ssh_send_ignore(session, words_.text().c_str());
        ssh_send_debug(session, words_.text().c_str(), 1);
        [[fallthrough]];
      case 6:
        // libssh says nothing at all where no method is left.
        ssh_message_auth_set_methods(message, words_.byte() | SSH_AUTH_METHOD_HOSTBASED);
        ssh_message_reply_default(message);
        break;
      case 7: {  // the same number as PK_OK
        const char* prompts[] = {"?"};
        char echo[] = {0};
        ssh_message_auth_interactive_request(message, words_.text().c_str(), "", 1, prompts, echo);
        break;
      }
      case 8:
        ssh_session_set_disconnect_message(session, words_.text().c_str());
        return false;
      case 9:  // as if the cable were cut
        ::shutdown(ssh_get_fd(session), SHUT_RDWR);
        return false;
      default:
        return false;
    }
    return true;
  }

  Descriptor socket_;
  Words words_;
  std::vector<bool> may_be_yes_;
  std::thread thread_;
};

// Until it no longer waits: that is a matter of a few turns, whatever the server does.
template <class Again>
auto until_over(Session& session, const Again& again, decltype(again()) waits) {
  for (int turn = 0;; ++turn) {
    const auto out = again();
    if (out != waits) return out;
    demand(turn < kMostTurns);
    pollfd polled{session.fd(), session.events(), 0};
    // libFuzzer has an alarm of its own.
    demand(uninterrupted([&] { return ::poll(&polled, 1, kLongestWait); }) > 0);
  }
}

void check_words(const Session& session) {
  demand(!plays_tricks(printable(session.reason())));
  demand(!session.methods().empty());
  (void)session.takes_public_keys();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return 0;
  const bool raw = data[0] % 2 == 0;
  listener();
  auto pair = io::make_socket_pair();
  demand(pair.has_value());
  static const auto key = prove::AskedKey::of(example::certificate());
  demand(key.has_value());
  Server server(std::move(pair->theirs), {data + 1, size - 1}, raw);
  std::vector<bool> yes;
  {
    auto session = Session::begin(std::move(pair->ours), "root", {"ssh-ed25519"});
    demand(session.has_value());
    const auto step = until_over(
        *session, [&] { return session->exchange(); }, Session::Step::kWaits);
    demand(step == (raw ? Session::Step::kFailed : Session::Step::kDone));
    if (step == Session::Step::kDone) demand(session->host_key().has_value());
    for (int i = 0; i < kQuestions && step == Session::Step::kDone; ++i) {
      const auto reply = until_over(
          *session, [&] { return session->ask(*key); }, Session::Reply::kWaits);
      check_words(*session);
      if (reply == Session::Reply::kFailed) break;
      yes.push_back(reply == Session::Reply::kYes);
    }
    check_words(*session);
  }
  server.finish();
  for (std::size_t i = 0; i < yes.size(); ++i)
    demand(!yes[i] || (i < server.may_be_yes().size() && server.may_be_yes()[i]));
  return 0;
}
