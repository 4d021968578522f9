#include "trust/change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"
#include "ssh/text_line.hpp"
#include "trust/script.hpp"

namespace halligan::trust {
namespace {

constexpr std::chrono::seconds kBetweenAccounts{6};  // sshd from 9.8 counts each question as a failed login
constexpr std::chrono::seconds kAfterThrottling{21};
constexpr std::chrono::seconds kLastWord{60};

std::string transaction_name(ByteView random) {
  std::string time = io::format_utc(io::unix_seconds());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time + "-" + hex(random);
}

/// One change on one host.
class Carrying {
 public:
  Carrying(const Host& host, const Wanted& wanted, const Proof& proof, Conversation& there, Change& change)
      : host_(host), wanted_(wanted), proof_(proof), there_(there), change_(change) {}

  Result<> run(std::chrono::seconds patience) {
    const auto deadline = io::Deadline::clock::now() + patience;
    while (const auto line = there_.line(deadline)) {
      std::string_view rest = *line;
      const std::string_view word = ssh::next_word(rest);
      if (word == "step") {
        note(std::string(rest));
      } else if (word == "applied") {
        note("applied");
        if (const auto good = judge(); !good) {
          there_.send(one_line(good.error().message) + "\n");
        } else {
          there_.send("keep\n");
        }
      } else if (word == "kept") {
        note("kept");
        change_.outcome = Outcome::kKept;
        return {};
      } else if (word == "refused" || word == "undone" || word == "stuck") {
        change_.outcome = word == "refused"  ? Outcome::kRefused
                          : word == "undone" ? Outcome::kTakenBack
                                             : Outcome::kLost;
        change_.why = printable(rest);
        note(std::string(word));
        return {};
      }
    }
    change_.outcome = Outcome::kLost;
    change_.why = "the connection was lost";
    return {};
  }

 private:
  void note(const std::string& name) { change_.steps.push_back({printable(name), io::unix_seconds()}); }

  // A login as the person always logs in, then the certificates, then the host once more.
  Result<> judge() {
    if (!host_.local()) {
      auto login = log_in_anew(host_);
      change_.login = login.has_value();
      HALLIGAN_CHECK(std::move(login));
      note("login");
      bool first = true;
      for (const Question& question : proof_.questions) {
        if (!std::exchange(first, false)) std::this_thread::sleep_for(kBetweenAccounts);
        HALLIGAN_CHECK(ask(question));
        note("asked");
      }
    }
    HALLIGAN_TRY(const std::string text, run_script(host_, probe_script(wanted_)));
    HALLIGAN_TRY(change_.after, parse_facts(text));
    const Plan left = proof_.plan_again(*change_.after);
    if (!left.changes.empty()) return fail(Code::kNo, "it is not all in force: " + left.changes.front().path);
    return {};
  }

  Result<> ask(const Question& question) {
    HALLIGAN_TRY(auto verdicts, ask_about(host_, question));
    if (std::ranges::find(verdicts, Verdict::kThrottled) != verdicts.end()) {
      std::this_thread::sleep_for(kAfterThrottling);
      HALLIGAN_TRY(verdicts, ask_about(host_, question));
    }
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      change_.asked.push_back({question.account, question.canaries[i], verdicts[i]});
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i] != Verdict::kAccepted)
        return fail(Code::kNo, fmt::format("the certificate {} for {}: {}", question.canaries[i]->file,
                                           question.account, verdict_word(verdicts[i])));
    }
    return {};
  }

  const Host& host_;
  const Wanted& wanted_;
  const Proof& proof_;
  Conversation& there_;
  Change& change_;
};

}  // namespace

Result<Change> carry_out(const Host& host, const Facts& facts, const Wanted& wanted, const Plan& plan,
                         const Proof& proof) {
  HALLIGAN_TRY(const Bytes random, crypto::random_bytes(4));
  Change change;
  change.transaction = transaction_name(random);
  HALLIGAN_TRY(auto there,
               Conversation::start(host, apply_script(facts, plan, change.transaction, proof.deadline)));
  // The host is heard to the end even if it is taken back only at its own deadline.
  HALLIGAN_CHECK(
      Carrying(host, wanted, proof, there, change).run(std::chrono::seconds(proof.deadline) + kLastWord));
  return change;
}

}  // namespace halligan::trust
