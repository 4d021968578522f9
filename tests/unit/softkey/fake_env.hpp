// A world that a test controls: its clock, its random numbers, its person, its disk.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "softkey/crypto.hpp"
#include "softkey/env.hpp"

namespace halligan::softkey {

class FakeEnv : public Env {
 public:
  std::int64_t time_ms = 1'000'000;
  std::deque<Touch> touches;  ///< what the person does next; kGiven when empty
  std::vector<std::string>
      asked;                 ///< "sign ssh:" for every touch that was asked for, "?" behind for verification
  std::vector<Bytes> saved;  ///< every state that was stored, in order
  bool disk_full = false;

  std::int64_t now_ms() override { return time_ms; }
  void random(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      if (pool_.empty()) {
        ++round_;
        const Bytes counter{static_cast<std::uint8_t>(round_ >> 8), static_cast<std::uint8_t>(round_)};
        const Digest more = sha256({counter});
        pool_.assign(more.begin(), more.end());
      }
      byte = pool_.front();
      pool_.pop_front();
    }
  }
  Touch await_touch(const TouchRequest& request) override {
    asked.push_back(std::string(request.operation) + " " + request.rp_id + (request.verification ? "?" : ""));
    if (touches.empty()) return Touch::kGiven;
    const Touch next = touches.front();
    touches.pop_front();
    return next;
  }
  bool touched(const TouchRequest& request) override { return await_touch(request) == Touch::kGiven; }
  void working() override {}
  Result<> save(ByteView state) override {
    if (disk_full) return fail(Code::kUnreachable, "disk full");
    saved.push_back(to_bytes(state));
    return {};
  }

 private:
  std::deque<std::uint8_t> pool_;
  unsigned round_ = 0;
};

}  // namespace halligan::softkey
