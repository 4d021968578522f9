// A token whose clients write reports.
#pragma once

#include <memory>

#include "softkey/front.hpp"
#include "softkey/link.hpp"

namespace halligan::softkey {

class HidLink : public Link {
 public:
  /// @param settings which of CTAP2 and U2F the token speaks
  HidLink(std::unique_ptr<Front> front, const Settings& settings)
      : front_(std::move(front)),
        transport_([this](const Report& report) { front_->send(report); },
                   [this](std::uint32_t channel) {
                     if (channel == kBroadcastChannel) front_->discard_unread();
                     opened(channel, kInitLength, kInitAnswerLength);
                   },
                   settings) {}

  Transport& transport() override { return transport_; }
  const std::string& path() const override { return front_->path(); }
  int fd() const override { return front_->fd(); }
  Result<> receive(std::int64_t now_ms) override {
    return front_->receive(now_ms, [&](const Report& report) { transport_.receive(report, now_ms); });
  }

 private:
  static constexpr std::size_t kInitLength = 8;
  static constexpr std::size_t kInitAnswerLength = 17;

  std::unique_ptr<Front> front_;
  HidTransport transport_;
};

}  // namespace halligan::softkey
