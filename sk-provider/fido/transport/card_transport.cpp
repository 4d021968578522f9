#include "fido/transport/card_transport.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "fido/transport/pcsc.hpp"

namespace halligan::fido {
namespace {

using std::chrono::milliseconds;

// How often to update the time, and look for Ctrl-C, during a wait.
constexpr milliseconds kCardTick{100};
// Between two questions whether a message is done.
constexpr milliseconds kProgressPause{50};
// Far more than a working card or daemon needs for anything but a touch.
constexpr milliseconds kCardGrace{500};
constexpr milliseconds kConnecting{5000};
constexpr milliseconds kSilentCardWait{1000};

// CTAP 2.1, 11.2.9.1.3: members of the INIT answer; a card has one channel, without a number.
constexpr std::uint8_t kProtocolVersion = 2;
constexpr std::uint8_t kHasCbor = 0x04;
constexpr std::uint8_t kHasNoU2f = 0x08;
constexpr std::uint8_t kInfoRequest = 0x04;
constexpr std::uint8_t kTouchNeeded = 2;  // CTAP 2.1, 11.2.9.2.2

std::optional<std::size_t> copy_to(std::span<std::uint8_t> body, const Bytes& answer) {
  if (answer.size() > body.size()) return std::nullopt;
  std::copy(answer.begin(), answer.end(), body.begin());
  return answer.size();
}

}  // namespace

struct CardTransport::Conversation {
  enum class Stage { kFinding, kQueueing, kTalking };

  Card card;
  std::atomic<Stage> stage = Stage::kFinding;
  std::atomic<bool> unwanted = false;
  ctap::FidoVersion version = ctap::FidoVersion::kNone;
  bool has_ctap2 = false;
  ctap::ResponseApdu
      info;       ///< getInfo of a card whose version does not say whether it has CTAP2: sent once, used once
  int fault = 0;  ///< an errno of Card
  std::string malformed;  ///< what is wrong with the last response
  ctap::ResponseApdu answer;
  bool extended = false;

  void open(const std::string& reader) {
    fault = card.find(reader);
    if (fault != 0 || unwanted) return;
    stage = Stage::kQueueing;
    fault = card.connect();
    if (fault != 0 || unwanted) return;
    fault = card.begin_transaction();
    if (fault != 0 || unwanted) return;
    stage = Stage::kTalking;
    exchange(ctap::select_fido());
    version = ctap::fido_version(answer);
    extended = card.extended_length();
    has_ctap2 = version == ctap::FidoVersion::kFido2;
    if (version != ctap::FidoVersion::kU2f || fault != 0) return;
    exchange(ctap::ctap_message(Bytes{kInfoRequest}));
    has_ctap2 = answer.status() == ctap::kSuccess && !answer.data().empty() && answer.data()[0] == 0;
    if (has_ctap2) info = answer;
  }

  void exchange(const ctap::CommandApdu& command) {
    const bool long_form = extended;
    send(command, long_form);
    // Some announce extended length and reject it, without processing the message.
    if (!long_form || fault != 0 || answer.status() != ctap::kWrongLength) return;
    extended = false;
    send(command, false);
  }

 private:
  void send(const ctap::CommandApdu& command, bool long_form) {
    answer = {};
    malformed.clear();
    const std::vector<Bytes> apdus = ctap::command_apdus(command, long_form);
    for (std::size_t i = 0; i < apdus.size(); ++i) {
      answer = {};
      if (!transmit(apdus[i])) return;
      if (i + 1 < apdus.size() && answer.status() != ctap::kSuccess) return;
    }
    while (answer.incomplete()) {
      if (unwanted || !transmit(answer.next_part(command.cla))) return;
    }
  }

  bool transmit(ByteView apdu) {
    Bytes response;
    fault = card.transmit(apdu, response);
    if (fault != 0) return false;
    if (const auto added = answer.add(response); !added) {
      malformed = added.error().message;
      return false;
    }
    return true;
  }
};

CardTransport::CardTransport(std::string name, std::string reader, Presence* presence,
                             std::chrono::seconds patience)
    : Transport(std::move(name), presence), reader_(std::move(reader)), patience_(patience) {}

CardTransport::~CardTransport() { close(); }

bool CardTransport::open(const char*) {
  worker_ = std::make_unique<Worker>();
  talk_ = std::make_shared<Conversation>();
  worker_->start([talk = talk_, reader = reader_] { talk->open(reader); });
  if (wait_for_opening()) {
    open_error_ = talk_->fault;
    if (open_error_ == 0 && talk_->version == ctap::FidoVersion::kNone) open_error_ = ENODEV;
  }
  if (open_error_ == 0) return true;
  close();
  return false;
}

bool CardTransport::wait_for_opening() {
  const auto began = Clock::now();
  bool said = false;
  while (!worker_->wait(kCardTick)) {
    const auto waited = Clock::now() - began;
    const bool queueing = talk_->stage == Conversation::Stage::kQueueing;
    if (cancelled() || waited >= patience_ || (!queueing && waited >= kConnecting)) {
      open_error_ = queueing ? EBUSY : ETIMEDOUT;
      was_queueing_ = queueing;
      return false;
    }
    if (queueing && !said && waited >= kSilentCardWait) {
      said = true;
      say("waiting for the card at " + name() + ", which another program is using");
    }
  }
  return true;
}

// Releasing a card may block on pcscd, too.
void CardTransport::close() {
  if (!worker_) return;
  talk_->unwanted = true;
  if (worker_->wait(milliseconds(0))) {
    worker_->start([talk = std::exchange(talk_, nullptr)]() mutable { talk.reset(); });
  }
  talk_.reset();
  worker_.reset();
}

void CardTransport::start(ctap::CommandApdu command) {
  worker_->start([talk = talk_, command = std::move(command)] { talk->exchange(command); });
}

bool CardTransport::send(Command command, ByteView body) {
  if (command == Command::kCancel) {
    cancel();
    return true;
  }
  touch_awaited_ = false;
  fault_ = Fault::kNone;
  if (command == Command::kInit) {
    nonce_ = to_bytes(body);
    return true;
  }
  if (!worker_->wait(kCardGrace)) {
    fault_ = Fault::kTimeout;
    return false;
  }
  if (command == Command::kCbor) {
    ctap::ResponseApdu info = std::exchange(talk_->info, {});
    if (!info.incomplete() && same(body, Bytes{kInfoRequest})) {
      talk_->answer = std::move(info);
      return true;
    }
    start(ctap::ctap_message(body));
    return true;
  }
  if (command != Command::kMessage) return false;
  auto message = ctap::u2f_message(body);
  if (!message) return false;
  start(*std::move(message));
  return true;
}

std::optional<std::size_t> CardTransport::receive(Command command, std::span<std::uint8_t> body,
                                                  milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  fault_ = Fault::kNone;
  if (command == Command::kInit) return answer_init(body);
  do {
    if (!wait_for_card(deadline) || !note_fault()) {
      touch_missed();
      return std::nullopt;
    }
    if (command != Command::kCbor || talk_->answer.status() != ctap::kStatusUpdate) {
      touch_came();
      if (cancel_sent_) fault_ = Fault::kCancelled;
      return give(command, body);
    }
  } while (next_question(deadline));
  touch_missed();
  return std::nullopt;
}

bool CardTransport::wait_for_card(Clock::time_point deadline) {
  for (;;) {
    const auto limit = cancel_sent_ ? std::min(deadline, cancel_deadline_) : deadline;
    const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now());
    if (worker_->wait(std::clamp(left, milliseconds(0), kCardTick))) return true;
    if (touch_awaited_) tell_presence(deadline);
    if (left <= milliseconds(0)) {
      fault_ = cancel_sent_ ? Fault::kCancelled : Fault::kTimeout;
      return false;
    }
    if (!cancel_sent_ && cancelled()) {  // a card that does not report progress cannot be told
      cancel_sent_ = true;
      cancel_deadline_ = Clock::now() + kCardGrace;
    }
  }
}

// The card is working: tell the person, and ask it again after a pause. False when time is up.
bool CardTransport::next_question(Clock::time_point deadline) {
  const Bytes& progress = talk_->answer.data();
  if (!progress.empty() && progress[0] == kTouchNeeded) touch_awaited_ = true;
  if (touch_awaited_) tell_presence(deadline);
  const auto left = (cancel_sent_ ? std::min(deadline, cancel_deadline_) : deadline) - Clock::now();
  if (left <= Clock::duration::zero()) {
    fault_ = cancel_sent_ ? Fault::kCancelled : Fault::kTimeout;
    return false;
  }
  if (!cancel_sent_ && cancelled()) {
    cancel_sent_ = true;
    cancel_deadline_ = Clock::now() + kCardGrace;
    start(ctap::cancel_message());
    return true;
  }
  std::this_thread::sleep_for(std::min(std::chrono::duration_cast<milliseconds>(left), kProgressPause));
  start(ctap::ask_progress());
  return true;
}

bool CardTransport::note_fault() {
  if (!talk_->malformed.empty()) {
    debug("the card at " + name() + ": " + talk_->malformed);
    return false;
  }
  if (talk_->fault != 0 && talk_->fault != EIO) fault_ = talk_->fault == EBUSY ? Fault::kBusy : Fault::kGone;
  return talk_->fault == 0;
}

// The answer is not needed, but the next message requires an idle card.
void CardTransport::cancel() {
  if (!worker_->wait(kCardGrace) || talk_->answer.status() != ctap::kStatusUpdate) return;
  start(ctap::cancel_message());
  (void)worker_->wait(kCardGrace);
}

std::optional<std::size_t> CardTransport::answer_init(std::span<std::uint8_t> body) const {
  Bytes answer = nonce_;
  std::uint8_t capabilities = talk_->has_ctap2 ? kHasCbor : 0;
  if (talk_->version == ctap::FidoVersion::kFido2) capabilities |= kHasNoU2f;
  append(answer, Bytes{0, 0, 0, 1, kProtocolVersion, 0, 0, 0, capabilities});
  return copy_to(body, answer);
}

std::optional<std::size_t> CardTransport::give(Command command, std::span<std::uint8_t> body) const {
  Bytes answer = talk_->answer.data();
  const std::uint16_t status = talk_->answer.status();
  if (command == Command::kMessage) {
    append(answer, Bytes{static_cast<std::uint8_t>(status >> 8), static_cast<std::uint8_t>(status)});
  } else if (status != ctap::kSuccess) {
    char text[8];
    std::snprintf(text, sizeof text, "%04x", status);
    debug("the card at " + name() + " returned status word " + text);
    return std::nullopt;
  }
  return copy_to(body, answer);
}

Error card_open_failure(const std::string& reader, int open_error) {
  switch (open_error) {
    case ECONNREFUSED:
      return {Code::kUnreachable, "the card reader " + reader + " needs pcscd, which is not running",
              "install pcscd, then start it with: systemctl start pcscd.socket"};
    case ENOENT:
      return {Code::kNotFound, "no card reader " + reader,
              "plug it in; list the readers with: opensc-tool -l"};
    case ENOTUNIQ:
      return {Code::kBadInput, "several card readers match " + reader,
              "use the full name; list the readers with: opensc-tool -l"};
    case ENOMEDIUM:
      return {Code::kNotFound, "no card in the reader " + reader, "insert the card, or put it on the reader"};
    case EBUSY:
      return {Code::kUnreachable, "another program (gpg's scdaemon?) holds the card in the reader " + reader,
              "wait until it finishes, or end scdaemon with: gpgconf --kill scdaemon"};
    case EACCES:
      return {Code::kUnreachable, "polkit does not let this user use the card in the reader " + reader,
              "run as root, or allow org.debian.pcsc-lite.access_card in a polkit rule"};
    case ENODEV:
      return {Code::kUnreachable, "the card in the reader " + reader + " is not a FIDO token", {}};
    case ETIMEDOUT:
      return {Code::kUnreachable, "pcscd, or the reader " + reader + ", does not respond",
              "restart it with: systemctl restart pcscd"};
    default:
      return {Code::kUnreachable, "the card in the reader " + reader + " does not respond",
              "remove the card, insert it again and retry"};
  }
}

CardsFound find_cards() {
  CardsFound found;
  if (!pcscd_runs()) return found;
  const auto readers = std::make_shared<std::vector<std::string>>();
  Worker worker;
  worker.start([readers] { *readers = readers_with_card(); });
  if (!worker.wait(kSilentCardWait)) return found;
  for (const std::string& reader : *readers) {
    CardTransport card(reader, reader, nullptr, std::chrono::ceil<std::chrono::seconds>(kSilentCardWait));
    if (card.open(nullptr)) {
      found.fido.push_back(reader);
    } else if (card.open_error() == EBUSY) {
      (card.was_queueing() ? found.fido : found.held).push_back(reader);
    }
  }
  return found;
}

}  // namespace halligan::fido
