// One connection to an sshd, by libssh and without ever waiting: the caller polls and has the deadlines.
// Everything of libssh is here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/descriptor.hpp"
#include "ssh/certificate.hpp"

struct ssh_key_struct;
struct ssh_session_struct;

namespace halligan::prove {

/// A certificate as libssh has it, without a private key; for any number of sessions.
class AskedKey {
 public:
  /// @errors kUnsupported (libssh does not know the type)
  static Result<AskedKey> of(const ssh::Certificate& certificate);

 private:
  friend class Session;
  std::shared_ptr<ssh_key_struct> key_;
};

class Session {
 public:
  enum class Step { kWaits, kDone, kFailed };
  enum class Reply { kWaits, kYes, kNo, kFailed };

  /// @param fd a connected, non-blocking stream socket on which nothing was read or written yet
  /// @param host_key_types in the order in which they are preferred; all others that libssh knows follow
  /// @errors kInternal · kUsage (an account that libssh refuses)
  static Result<Session> begin(Descriptor fd, const std::string& account,
                               const std::vector<std::string>& host_key_types);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) = delete;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// Says goodbye, if there is somebody to say it to, and closes the socket.
  ~Session();

  /// Versions and key exchange, until the host has proven its key.
  Step exchange();
  /// The blob of the key that it has proven. @errors kUnreachable
  Result<Bytes> host_key() const;
  /// Would this certificate be accepted? Repeat it with the same one until it no longer waits.
  Reply ask(const AskedKey& key);
  /// Does the list in the last refusal say that public keys may be tried at all?
  bool takes_public_keys() const;
  /// That list: "publickey,password".
  std::string methods() const;
  /// Why it failed; from the host, as it came.
  std::string reason() const;

  int fd() const { return socket_.get(); }
  short events() const;  ///< to poll for

 private:
  bool ended() const;

  Session(ssh_session_struct* session, Descriptor socket, int copy);

  ssh_session_struct* session_;
  Descriptor socket_;
  int copy_;  // of the socket's descriptor, libssh's own
};

}  // namespace halligan::prove
