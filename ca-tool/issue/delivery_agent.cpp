// halligan mint --agent
#include <fmt/format.h>

#include "io/clock.hpp"
#include "io/unix_socket.hpp"
#include "issue/agent_store.hpp"
#include "issue/delivery.hpp"
#include "ui/output.hpp"

namespace halligan::issue {
namespace {

class AgentDelivery final : public Delivery {
 public:
  explicit AgentDelivery(const MintOptions& options)
      : store_(io::agent_socket(), options.confirm), json_(options.output.json) {}

  Result<> prepare() override { return store_.try_out(); }

  Result<int> deliver(const Minted& minted, const std::optional<ledger::LedgerPlace>& place) override {
    auto lifetime = store_.add(minted);
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted, place));
    const ui::Described described = ui::describe(minted.certificate, io::unix_seconds());
    const ui::HeldBy held{store_.socket(), *lifetime, store_.confirm()};
    if (json_) {
      ui::Json json = ui::to_json(described, held);
      ledger::add_place(json, place);
      HALLIGAN_CHECK(ui::print(ui::json_line(json)));
      return 0;
    }
    HALLIGAN_CHECK(ui::print(ui::to_text(described, held) + ledger::place_row(place)));
    HALLIGAN_CHECK(ui::print(
        fmt::format("{:<12}ssh {}@HOST\n", "Log in", printable(minted.certificate.body.principals.front()))));
    return 0;
  }

 private:
  AgentStore store_;
  bool json_;
};

}  // namespace

std::unique_ptr<Delivery> deliver_to_agent(const MintOptions& options) {
  return std::make_unique<AgentDelivery>(options);
}

}  // namespace halligan::issue
