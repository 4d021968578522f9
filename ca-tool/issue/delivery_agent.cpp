// halligan mint --agent
#include <fmt/format.h>

#include "ca/agent_store.hpp"
#include "cli/delivery.hpp"
#include "cli/output.hpp"
#include "io/unix_socket.hpp"

namespace halligan::cli {
namespace {

class AgentDelivery final : public Delivery {
 public:
  explicit AgentDelivery(const MintOptions& options)
      : store_(io::agent_socket(), options.confirm), json_(options.output.json) {}

  Result<> prepare() override { return store_.try_out(); }

  Result<int> deliver(const ca::Minted& minted, const std::optional<LedgerPlace>& place) override {
    auto lifetime = store_.add(minted);
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted, place));
    const Described described = describe_issued(minted.certificate, place);
    const HeldBy held{store_.socket(), *lifetime, store_.confirm()};
    if (json_) {
      HALLIGAN_CHECK(print(to_json(described, held) + "\n"));
      return 0;
    }
    HALLIGAN_CHECK(print(to_text(described, held)));
    HALLIGAN_CHECK(print(
        fmt::format("{:<12}ssh {}@HOST\n", "Log in", printable(minted.certificate.body.principals.front()))));
    return 0;
  }

 private:
  ca::AgentStore store_;
  bool json_;
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_agent(const MintOptions& options) {
  return std::make_unique<AgentDelivery>(options);
}

}  // namespace halligan::cli
