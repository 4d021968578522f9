#include "prove/prober.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "base/codec.hpp"
#include "io/signals.hpp"
#include "prove/connection.hpp"

namespace halligan::prove {
namespace {

using Clock = io::Deadline::clock;

constexpr std::chrono::seconds kBetween{8};        // two connections in 15 s, and not more
constexpr std::chrono::seconds kAfterRefusal{20};  // no penalty of one connection lasts longer
constexpr std::size_t kThroughJump = 8;            // MaxStartups of the jump host begins to refuse at 10

/// What waits for one sshd: one visit at a time.
struct Lane {
  std::deque<Visit> waiting;
};

struct Running {
  std::unique_ptr<Connection> connection;
  Lane* lane;
  pollfd watched{-1, 0, 0};
};

// Names of one address are one sshd. Behind a jump host only the name is known.
std::string lane_of(const Target& target, const std::vector<io::TcpAddress>& addresses) {
  return addresses.empty() ? target.host + ":" + std::to_string(target.port) : addresses.front().text();
}

class Prober {
 public:
  Prober(const Means& means, std::size_t at_once, io::Watch watch)
      : means_(means), at_once_(at_once), watch_(std::move(watch)) {}

  void add(Visit visit) {
    const auto [place, fresh] = lanes_.try_emplace(lane_of(*visit.target, visit.addresses));
    place->second.waiting.push_back(std::move(visit));
    if (fresh) ready_.push_back(&place->second);
  }

  std::vector<Answer> run() {
    while (true) {
      start();
      if (running_.empty() && ready_.empty() && resting_.empty()) return std::move(answers_);
      wait();
    }
  }

 private:
  void start() {
    const auto now = Clock::now();
    while (!resting_.empty() && resting_.begin()->first <= now) {
      ready_.push_back(resting_.begin()->second);
      resting_.erase(resting_.begin());
    }
    while (!ready_.empty() && running_.size() < at_once_) {
      Lane* const lane = ready_.front();
      ready_.pop_front();
      auto connection = std::make_unique<Connection>(std::move(lane->waiting.front()), means_, now);
      lane->waiting.pop_front();
      if (!advance(*connection, *lane)) running_.push_back({std::move(connection), lane});
    }
  }

  // Until something comes, or somebody's time is over.
  void wait() {
    std::optional<io::Deadline> until;
    const auto by = [&until](io::Deadline time) { until = std::min(until.value_or(time), time); };
    if (!resting_.empty() && running_.size() < at_once_) by(resting_.begin()->first);
    for (Running& each : running_) {
      watch_.want(each.watched, each.connection->polled());
      by(each.connection->wake());
    }
    const std::vector<int> ready = watch_.wait(until);
    const auto now = Clock::now();
    for (Running& each : running_) {
      const bool due = std::ranges::binary_search(ready, each.watched.fd) || now >= each.connection->wake();
      if (due && advance(*each.connection, *each.lane)) each.connection.reset();
    }
    std::erase_if(running_, [](const Running& each) { return each.connection == nullptr; });
  }

  // Is it over?
  bool advance(Connection& connection, Lane& lane) {
    if (!connection.advance(Clock::now())) return false;
    auto answers = connection.take_answers();
    answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()),
                    std::make_move_iterator(answers.end()));
    if (auto left = connection.left()) lane.waiting.push_front(*std::move(left));
    const auto earliest =
        connection.throttled() ? Clock::now() + kAfterRefusal : connection.started() + kBetween;
    if (!lane.waiting.empty()) resting_.emplace(earliest, &lane);
    return true;
  }

  const Means& means_;
  std::size_t at_once_;
  io::Watch watch_;
  std::map<std::string, Lane> lanes_;
  std::deque<Lane*> ready_;                     // each with a visit, which may begin
  std::multimap<io::Deadline, Lane*> resting_;  // each with a visit, which must wait
  std::vector<Running> running_;
  std::vector<Answer> answers_;
};

Result<std::map<const Canary*, AskedKey>> import_all(const std::vector<Canary>& canaries) {
  std::map<const Canary*, AskedKey> out;
  for (const Canary& each : canaries) {
    HALLIGAN_TRY(auto key, AskedKey::of(each.certificate));
    out.emplace(&each, std::move(key));
  }
  return out;
}

std::vector<Result<std::vector<io::TcpAddress>>> resolve(const std::vector<Target>& targets,
                                                         const AskOptions& options) {
  if (!options.jump.empty()) return std::vector<Result<std::vector<io::TcpAddress>>>(targets.size());
  std::vector<io::TcpName> names;
  for (const Target& each : targets) names.push_back({each.host, each.port});
  return io::resolve_all(names, Clock::now() + options.timeout);
}

}  // namespace

Result<std::vector<Answer>> ask_hosts(const std::vector<Target>& targets, const std::vector<Canary>& canaries,
                                      const HostKeys& host_keys, const AskOptions& options) {
  const io::SignalHold hold(io::kNoSignals);  // a host that is gone is no SIGPIPE
  HALLIGAN_TRY(const auto keys, import_all(canaries));
  std::map<std::string, std::vector<const Canary*>> accounts;
  for (const Canary& each : canaries) accounts[each.name.label].push_back(&each);
  const Means means{host_keys, keys, options.jump, options.timeout};
  HALLIGAN_TRY(auto watch, io::Watch::make());
  Prober prober(means, options.jump.empty() ? options.at_once : std::min(options.at_once, kThroughJump),
                std::move(watch));
  std::vector<Answer> answers;
  const auto resolved = resolve(targets, options);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (const auto& [account, asked] : accounts) {
      if (resolved[i]) {
        prober.add({&targets[i], account, asked, *resolved[i]});
        continue;
      }
      for (const Canary* each : asked)
        answers.push_back(
            {targets[i], account, each, Verdict::kUnreachable, printable(resolved[i].error().message)});
    }
  }
  auto asked = prober.run();
  answers.insert(answers.end(), std::make_move_iterator(asked.begin()), std::make_move_iterator(asked.end()));
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> order;
  for (const Target& each : targets) order.try_emplace({each.host, each.port}, order.size());
  std::ranges::stable_sort(answers, {}, [&](const Answer& each) {
    return std::tuple(order.at({each.target.host, each.target.port}), each.account, each.canary);
  });
  return answers;
}

}  // namespace halligan::prove
