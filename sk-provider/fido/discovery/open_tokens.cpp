#include "fido/discovery/open_tokens.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <new>

#include "base/log.hpp"
#include "fido/transport/worker.hpp"

namespace halligan::fido {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A healthy token has answered by then, even on a busy machine: the next one need not be asked at all.
constexpr milliseconds kHeadStart{1000};
constexpr milliseconds kGlance{5};

// While tokens are only looked at, nobody is told of anything; and it ends when it is over.
class Looking final : public Presence {
 public:
  explicit Looking(Presence* person) : person_(person) {}
  void touch_awaited(std::string_view /*token*/, std::chrono::seconds /*left*/) override {}
  void touch_over() override {}
  bool cancelled() override { return over_ || (person_ != nullptr && person_->cancelled()); }
  void end() { over_ = true; }

 private:
  Presence* person_;
  std::atomic<bool> over_{false};
};

// A token that is opened by a thread of its own.
struct Lane {
  std::optional<Device> device{};
  std::optional<Error> error{};
  bool holds = false;
  bool done = false;
  Worker worker{};
};

class Race {
 public:
  Race(const Context& context, const std::vector<TokenPath>& tokens, const Holds& holds, bool patient)
      : context_(context), tokens_(tokens), holds_(holds), patient_(patient), looking_(context.presence) {}

  Result<OpenedTokens> run() {
    while (!over()) {
      if (may_start()) start();
      for (Lane& lane : lanes_) {
        if (!lane.done) lane.done = lane.worker.wait(kGlance);
      }
    }
    looking_.end();
    for (Lane& lane : lanes_) {
      while (!lane.done) lane.done = lane.worker.wait(kHeadStart);
    }
    return result();
  }

 private:
  template <typename Is>
  bool any(Is is) const {
    return std::ranges::any_of(lanes_, is);
  }
  static bool is_open(const Lane& lane) { return lane.done && lane.device.has_value(); }

  bool may_start() const {
    if (lanes_.size() == tokens_.size()) return false;
    return !any([](const Lane& lane) { return !lane.done; }) || Clock::now() - started_ >= kHeadStart;
  }

  void start() {
    const TokenPath& where = tokens_[lanes_.size()];
    const bool last = lanes_.size() + 1 == tokens_.size();
    const bool alone = last && !any([](const Lane& lane) { return !lane.done || is_open(lane); });
    lanes_.emplace_back();
    Lane& lane = lanes_.back();
    started_ = Clock::now();
    lane.worker.start([this, &lane, &where, alone] {
      try {
        auto opened = Device::open(where, context_.settings, &looking_);
        if (!opened) {
          debug(opened.error().message);
          lane.error = std::move(opened).error();
          return;
        }
        lane.holds = holds_ && !alone && holds_(*opened);
        lane.device.emplace(std::move(*opened));
      } catch (const std::bad_alloc&) {
        lane.error = Error{Code::kInternal, "out of memory", {}};
      }
    });
  }

  bool over() const {
    if (any([](const Lane& lane) { return lane.done && lane.holds; })) return true;
    if (lanes_.size() < tokens_.size()) return false;
    if (!any([](const Lane& lane) { return !lane.done; })) return true;
    // Whoever is not open by now hangs, or waits for another program.
    return !patient_ && any(is_open) && Clock::now() - started_ >= kPromptAnswer;
  }

  Result<OpenedTokens> result() {
    OpenedTokens out;
    for (Lane& lane : lanes_) {
      if (!lane.device) continue;
      lane.device->report_to(context_.presence);
      if (lane.holds && !out.taken) {
        out.taken = out.devices.size();
        out.holds = true;
      }
      out.devices.push_back(std::move(*lane.device));
    }
    if (out.devices.empty()) return fail(std::move(*lanes_.front().error));
    if (out.devices.size() == 1) out.taken = 0;
    return out;
  }

  const Context& context_;
  const std::vector<TokenPath>& tokens_;
  const Holds& holds_;
  const bool patient_;
  Looking looking_;
  std::list<Lane> lanes_;
  Clock::time_point started_{};
};

}  // namespace

Result<OpenedTokens> open_tokens(const Context& context, const std::vector<TokenPath>& tokens,
                                 const Holds& holds, bool patient) {
  if (tokens.size() > 1) return Race(context, tokens, holds, patient).run();
  HALLIGAN_TRY(Device device, Device::open(tokens.front(), context.settings, context.presence));
  OpenedTokens only{.devices = {}, .taken = 0};
  only.devices.push_back(std::move(device));
  return only;
}

}  // namespace halligan::fido
