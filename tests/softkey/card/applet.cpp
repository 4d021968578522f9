#include "softkey/card/applet.hpp"

#include <algorithm>
#include <array>

#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {

// CTAP 2.1, section 11.3.3: RID A000000647, PIX 2F0001; a card that has U2F says so, whatever else it has.
constexpr std::array<std::uint8_t, 8> kAid{0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01};
constexpr std::string_view kWithU2f = "U2F_V2";
constexpr std::string_view kWithoutU2f = "FIDO_2_0";

constexpr std::uint16_t kMoreData = 0x6100;  // SW2: how many bytes GET RESPONSE brings; 0 for 256 and more
constexpr std::uint16_t kStatusUpdate = 0x9100;

constexpr std::uint8_t kIso = 0x00;
constexpr std::uint8_t kFido = 0x80;
constexpr std::uint8_t kChained = 0x10;  // ISO/IEC 7816-4, 5.4.1: the command goes on in the next APDU

constexpr std::uint8_t kSelect = 0xa4;
constexpr std::uint8_t kGetResponse = 0xc0;
constexpr std::uint8_t kMessage = 0x10;   // CTAP 2.1, 11.3.7.1: NFCCTAP_MSG
constexpr std::uint8_t kProgress = 0x11;  // 11.3.7.2: NFCCTAP_GETRESPONSE
constexpr std::uint8_t kControl = 0x12;   // 11.3.4: NFCCTAP_CONTROL
constexpr std::uint8_t kLastU2f = 0x03;   // U2F Raw Message Formats, 3: 1 to 3
constexpr std::uint8_t kByName = 0x04;
constexpr std::uint8_t kPolls = 0x80;   // P1 of NFCCTAP_MSG
constexpr std::uint8_t kCancel = 0x11;  // P1 of NFCCTAP_GETRESPONSE
constexpr std::uint8_t kEnd = 0x01;     // P1 of NFCCTAP_CONTROL

std::uint16_t number(StatusWord status) { return static_cast<std::uint16_t>(status); }

Bytes response(ByteView data, std::uint16_t status_word) {
  Bytes apdu = to_bytes(data);
  append(apdu, Bytes{static_cast<std::uint8_t>(status_word >> 8), static_cast<std::uint8_t>(status_word)});
  return apdu;
}

/// How many bytes the answer may have; without Le as many as the form allows, as cards with T=1 take it.
std::size_t room_of(const Apdu& command) {
  return command.longest_answer.value_or(command.extended ? 65536 : 256);
}

}  // namespace

Bytes Applet::answer_to_reset() const {
  // T=0, then T=1; historical bytes in compact TLV: card capabilities (selection by name; command chaining
  // and, if it has that, extended length), then the issuer's data.
  const std::uint8_t lengths = extended_length_ ? 0xc0 : 0x80;
  Bytes historical{0x80, 0x73, 0xc0, 0x21, lengths, 0x57};
  append(historical, as_bytes("softkey"));
  Bytes atr{0x3b, static_cast<std::uint8_t>(0x80 | historical.size()), 0x80, 0x01};
  append(atr, historical);
  std::uint8_t check = 0;
  for (const std::uint8_t byte : ByteView(atr).subspan(1)) check ^= byte;
  atr.push_back(check);
  return atr;
}

void Applet::power_up() {
  forget_work();
  selected_ = false;
  chain_.reset();
  outbox_ = {};
  powered_up_ = true;
}

bool Applet::take_power_up() { return std::exchange(powered_up_, false); }

void Applet::forget_work() {
  waiting_.reset();
  ready_.reset();
  work_.reset();
  finished_.reset();
}

void Applet::receive(ByteView apdu) {
  auto command = Apdu::parse(apdu);
  if (!command || (command->extended && !extended_length_)) {
    chain_.reset();
    return send_status(StatusWord::kWrongLength);
  }
  dispatch(*std::move(command));
}

void Applet::dispatch(Apdu command) {
  const std::uint8_t cla = command.cla & static_cast<std::uint8_t>(~kChained);
  if (cla != kIso && cla != kFido) return send_status(StatusWord::kClaNotSupported);
  if (command.ins == kGetResponse && command.cla == cla) return get_response(command);
  outbox_ = {};
  if (chain_ && (command.ins != chain_->ins || cla != chain_->cla)) {
    chain_.reset();
    return send_status(StatusWord::kLastOfChainExpected);
  }
  // Whoever asks for something else no longer wants what is in work.
  if (cla != kFido || command.ins != kProgress) forget_work();
  if (command.cla == kIso && command.ins == kSelect) return select(command);
  if (cla == kIso && (!u2f_ || command.ins == 0 || command.ins > kLastU2f)) {
    return send_status(StatusWord::kInsNotSupported);
  }
  if (!selected_) return send_status(StatusWord::kConditionsNotSatisfied);
  if (cla == kIso || (command.ins == kMessage && ctap2_)) return message(std::move(command));
  if (command.cla != kFido) return send_status(StatusWord::kClaNotSupported);
  if (command.ins == kProgress) return progress(command);
  if (command.ins == kControl) return control(command);
  send_status(StatusWord::kInsNotSupported);
}

void Applet::select(const Apdu& command) {
  if (command.p1 != kByName) return send_status(StatusWord::kWrongParameters);
  if (!same(command.data, kAid)) return send_status(StatusWord::kNotFound);
  selected_ = true;
  const std::string_view version = u2f_ ? kWithU2f : kWithoutU2f;
  selected_callback_(version.size());
  deliver({to_bytes(version), number(StatusWord::kOk)}, room_of(command));
}

void Applet::message(Apdu command) {
  const bool u2f = (command.cla & kFido) == 0;
  if (!u2f && command.p2 != 0) {
    chain_.reset();
    return send_status(StatusWord::kWrongParameters);
  }
  const bool more = (command.cla & kChained) != 0;
  command.cla = u2f ? kIso : kFido;
  if (chain_) {
    append(chain_->data, command.data);
    chain_->longest_answer = command.longest_answer;
    chain_->extended = command.extended;
    chain_->p1 = command.p1;
  } else {
    chain_ = std::move(command);
  }
  // One byte more than the token accepts is enough for it to say so itself.
  if (chain_->data.size() > kMaxMessageSize + 1) {
    chain_.reset();
    return send_status(StatusWord::kWrongLength);
  }
  if (more) return send_status(StatusWord::kOk);
  Apdu whole = *std::move(chain_);
  chain_.reset();
  if (whole.data.empty() && !u2f) return send_status(StatusWord::kWrongLength);
  waiting_ = Waiting{room_of(whole)};
  if (u2f) {  // the token itself knows no chains
    whole.extended = true;
    ready_ = Ready{{0, HidCommand::kMsg, whole.encode()}, false};
    return;
  }
  ready_ = Ready{{0, HidCommand::kCbor, whole.data}, (whole.p1 & kPolls) != 0};
}

void Applet::progress(const Apdu& command) {
  if (finished_) {
    Finished answer = *std::move(finished_);
    finished_.reset();
    return deliver(std::move(answer), room_of(command));
  }
  if (!work_ && !ready_) return send_status(StatusWord::kConditionsNotSatisfied);
  if (work_ && command.p1 == kCancel) work_->cancelled = true;
  waiting_ = Waiting{room_of(command)};
}

void Applet::control(const Apdu& command) {
  if (command.p1 != kEnd || command.p2 != 0) return send_status(StatusWord::kWrongParameters);
  selected_ = false;
  send_status(StatusWord::kOk);
}

void Applet::get_response(const Apdu& command) {
  if (command.p1 != 0 || command.p2 != 0) return send_status(StatusWord::kWrongParameters);
  if (outbox_.data.empty()) return send_status(StatusWord::kConditionsNotSatisfied);
  send_part(room_of(command));
}

std::optional<HidMessage> Applet::take() {
  if (powered_up_ || !ready_) return std::nullopt;
  work_ = Work{ready_->polled, false};
  HidMessage taken = std::move(ready_->message);
  ready_.reset();
  return taken;
}

void Applet::reply(HidCommand command, ByteView payload, const Misbehaviour& how) {
  std::uint16_t status = number(StatusWord::kOk);
  if (command == HidCommand::kMsg && payload.size() >= 2) {  // with a status word of its own
    status = static_cast<std::uint16_t>(payload[payload.size() - 2] << 8 | payload.back());
    payload = payload.first(payload.size() - 2);
  }
  Finished answer{to_bytes(payload), status, FrameFault::kNone, how.endless_response, how.half_status_word};
  if (how.oversized_length) answer.fault = FrameFault::kOversized;
  if (how.pulled_midway) answer.fault = FrameFault::kHalf;
  finish(std::move(answer));
}

void Applet::reply_status(StatusWord status) { finish({{}, number(status)}); }

void Applet::finish(Finished answer) {
  if (!work_) return;
  work_.reset();
  if (!waiting_) {
    finished_ = std::move(answer);
    return;
  }
  const std::size_t room = waiting_->room;
  waiting_.reset();
  deliver(std::move(answer), room);
}

void Applet::abandon() { work_.reset(); }

void Applet::keepalive(std::uint8_t status) {
  if (!work_ || !work_->polled || !waiting_) return;
  waiting_.reset();
  send_(response(Bytes{status}, kStatusUpdate), FrameFault::kNone);
}

void Applet::deliver(Finished answer, std::size_t room) {
  outbox_ = std::move(answer);
  if (outbox_.data.empty()) {
    send_(response({}, outbox_.status_word), outbox_.fault);
    return;
  }
  send_part(room);
}

void Applet::send_part(std::size_t room) {
  const std::size_t size = std::min(room, outbox_.data.size());
  const Bytes part(outbox_.data.begin(), outbox_.data.begin() + static_cast<std::ptrdiff_t>(size));
  // Of a card that never comes to an end each part is followed by one more.
  if (!outbox_.endless)
    outbox_.data.erase(outbox_.data.begin(), outbox_.data.begin() + static_cast<std::ptrdiff_t>(size));
  const std::size_t left = outbox_.data.size();
  std::uint16_t status = outbox_.status_word;
  if (left != 0) {
    status = static_cast<std::uint16_t>(kMoreData | (left > 255 ? 0 : left));
  }
  Bytes answer = response(part, status);
  if (outbox_.half_word) answer.resize(1);
  send_(answer, outbox_.fault);
}

void Applet::send_status(StatusWord status) { send_(response({}, number(status)), FrameFault::kNone); }

}  // namespace halligan::softkey
