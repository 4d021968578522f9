// The token layer as a program that watches a touch: says when one is awaited, when that is over, and can
// want out.
//
// usage: touch_caller DEVICE enroll SECONDS CANCEL-AFTER
//        touch_caller DEVICE sign SECONDS CANCEL-AFTER HANDLE
// Bytes are hexadecimal; CANCEL-AFTER is how often a touch may be awaited before the person wants out, -1 for
// never.
#include <cstdio>
#include <string>

#include "base/codec.hpp"
#include "command/exit_code.hpp"
#include "fido/request.hpp"

using namespace halligan;

namespace {

class Watch : public fido::Presence {
 public:
  explicit Watch(int patience) : patience_(patience) {}
  void touch_awaited(std::string_view token, std::chrono::seconds left) override {
    if (seen_++ == 0)
      std::printf("awaited=%.*s left=%ld\n", static_cast<int>(token.size()), token.data(),
                  long{left.count()});
  }
  void touch_over() override { std::printf("over\n"); }
  bool cancelled() override { return patience_ >= 0 && seen_ > patience_; }
  int seen() const { return seen_; }

 private:
  int patience_;
  int seen_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string what = argv[2];
  Watch watch(std::stoi(argv[4]));
  fido::Context context;
  context.device = argv[1];
  context.settings.timeout = std::chrono::seconds(std::stoi(argv[3]));
  context.presence = &watch;
  const std::string challenge(32, 'c');
  Error error{Code::kNo, "", ""};
  if (what == "enroll") {
    fido::EnrollRequest request;
    request.application = "ssh:";
    request.challenge = as_bytes(challenge);
    const auto key = fido::enroll(context, request);
    if (key) std::printf("key_handle=%s\n", hex(key->key_handle).c_str());
    if (!key) error = key.error();
  } else {
    const auto handle = parse_hex(argc > 5 ? argv[5] : "");
    if (!handle) return 2;
    fido::SignRequest request;
    request.application = "ssh:";
    request.message = as_bytes(challenge);
    request.key_handle = *handle;
    const auto assertion = fido::sign(context, request).assertion;
    if (assertion) std::printf("flags=%u\n", assertion->flags);
    if (!assertion) error = assertion.error();
  }
  std::printf("told=%d\nerror=%s\n", watch.seen(), error.message.c_str());
  return error.message.empty() ? 0 : command::exit_code(error.code);
}
