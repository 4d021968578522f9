// The PIN holder's socket: who asks, in turn, and with how much patience.
#pragma once

#include <sys/types.h>

#include <list>
#include <optional>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "fido/presence/presence.hpp"
#include "io/descriptor.hpp"
#include "unattended/holder/holder.hpp"

namespace halligan::unattended {

/// $RUNTIME/halligan, made if it is not there. @errors kUnreachable (it or the other is not private)
Result<Descriptor> make_holder_folder(const std::string& runtime);

/// $RUNTIME/halligan/pin-holder, made anew; it goes with this object, unless it is another one by then.
class HolderSocket {
 public:
  /// @errors kUnreachable (no private folder there, or somebody listens)
  static Result<HolderSocket> listen(const std::string& runtime);

  ~HolderSocket() { remove(); }
  HolderSocket(HolderSocket&&) noexcept = default;
  HolderSocket& operator=(HolderSocket&&) = delete;

  int fd() const { return listener_.get(); }
  /// Readable when something in its folder has changed.
  int changes() const { return changes_.get(); }
  /// Takes note of the changes. False: its name is gone, or another socket's, so that nobody finds it.
  bool is_there() const;
  void remove();

 private:
  HolderSocket(Descriptor folder, Descriptor listener, Descriptor changes, ino_t inode)
      : folder_(std::move(folder)),
        listener_(std::move(listener)),
        changes_(std::move(changes)),
        inode_(inode) {}

  Descriptor folder_;
  Descriptor listener_;
  Descriptor changes_;
  ino_t inode_;
};

/// One thread. Requests to the token are served one after the other; whoever is silent or sends anything else
/// than a request is dropped, and holds up nobody. While the token is asked, others get their answers if
/// those need no token.
class Server final : fido::Presence {
 public:
  /// @param timer  readable when the time is over @param signals  readable when the process is to end
  Server(Holder& holder, HolderSocket& socket, Descriptor timer, Descriptor signals)
      : holder_(holder), socket_(socket), timer_(std::move(timer)), signals_(std::move(signals)) {}

  /// Until it is over. The PIN is wiped then.
  void serve();

 private:
  struct Peer {
    Descriptor fd;
    io::Deadline until;
    Bytes received{};
    std::optional<pin_holder::SignCall> call{};
    bool waits_for_the_end = false;
    bool done = false;
  };

  void look(bool wait);
  void note_the_end(bool hung_up, bool timed_out, bool signalled);
  void accept_one();
  void receive(Peer& peer);
  void take(Peer& peer, const pin_holder::Call& call);
  void answer(Peer& peer, const pin_holder::Answer& answer);
  bool sign_next();

  // While the token is asked.
  void touch_awaited(std::string_view, std::chrono::seconds) override {}
  void touch_over() override {}
  bool cancelled() override;

  Holder& holder_;
  HolderSocket& socket_;
  Descriptor timer_;
  Descriptor signals_;
  std::list<Peer> peers_{};  // in the order in which they came
  Peer* served_ = nullptr;
};

}  // namespace halligan::unattended
