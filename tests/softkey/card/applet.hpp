// The FIDO applet of a card: APDUs in and out, CTAP messages in between. Pure. @source CTAP 2.1, section 11.3
#pragma once

#include <functional>
#include <optional>

#include "softkey/apdu.hpp"
#include "softkey/transport.hpp"

namespace halligan::softkey {

/// What goes wrong between the card and the reader, below the APDU.
enum class FrameFault {
  kNone,
  kHalf,       ///< the card is pulled out when half of its answer is out
  kOversized,  ///< more is announced than comes
};

class Applet : public Transport {
 public:
  using Send = std::function<void(ByteView answer, FrameFault fault)>;
  /// The applet was selected: the client has just come.
  using Selected = std::function<void(std::size_t answer_length)>;

  /// @param settings which of CTAP2 and U2F the card speaks
  /// @param extended_length false: APDUs with lengths of two bytes are refused, as by many cards
  Applet(const Settings& settings, bool extended_length, Send send, Selected selected)
      : ctap2_(settings.speaks_ctap2()),
        u2f_(settings.speaks_u2f()),
        extended_length_(extended_length),
        send_(std::move(send)),
        selected_callback_(std::move(selected)) {}

  /// Power on, or reset: whatever was going on is forgotten.
  void power_up();
  /// True once after power_up(); until it was asked, take() gives nothing.
  bool take_power_up();
  /// One command APDU. It is answered before this returns, unless it is a CTAP message that take() gives out
  /// or a question after the progress of one.
  void receive(ByteView apdu);
  /// What a reader is told of the card when it is powered: @source ISO/IEC 7816-3, section 8
  Bytes answer_to_reset() const;

  void tick(std::int64_t) override {}
  std::optional<std::int64_t> deadline() const override { return std::nullopt; }
  std::optional<HidMessage> take() override;
  void reply(HidCommand command, ByteView payload, const Misbehaviour& how) override;
  void fail(HidError) override { reply_status(StatusWord::kConditionsNotSatisfied); }
  void abandon() override;
  /// Told to a client that asked for it (P1 of NFCCTAP_MSG); others just wait.
  void keepalive(std::uint8_t status) override;
  bool cancelled() const override { return work_ && work_->cancelled; }
  bool aborted() const override { return !work_; }
  void lock(std::uint32_t, int, std::int64_t) override {}

 private:
  /// A command that has no answer yet.
  struct Waiting {
    std::size_t room = 0;
  };
  /// A message that take() gave out.
  struct Work {
    bool polled = false;  ///< the client knows NFCCTAP_GETRESPONSE
    bool cancelled = false;
  };
  struct Ready {
    HidMessage message;
    bool polled = false;
  };
  struct Finished {
    Bytes data;
    std::uint16_t status_word = 0;
    FrameFault fault = FrameFault::kNone;
    bool endless = false;    ///< misbehaviour endless-response
    bool half_word = false;  ///< misbehaviour half-status-word
  };

  void dispatch(Apdu command);
  void select(const Apdu& command);
  void message(Apdu command);
  void progress(const Apdu& command);
  void control(const Apdu& command);
  void get_response(const Apdu& command);
  void reply_status(StatusWord status);
  void finish(Finished answer);
  void deliver(Finished answer, std::size_t room);
  void send_part(std::size_t room);
  void send_status(StatusWord status);
  void forget_work();

  bool ctap2_;
  bool u2f_;
  bool extended_length_;
  Send send_;
  Selected selected_callback_;
  bool selected_ = false;
  bool powered_up_ = false;
  std::optional<Apdu> chain_;
  std::optional<Waiting> waiting_;
  std::optional<Ready> ready_;
  std::optional<Work> work_;
  std::optional<Finished> finished_;  ///< the client has not come for it yet
  Finished outbox_;                   ///< what GET RESPONSE brings
};

}  // namespace halligan::softkey
