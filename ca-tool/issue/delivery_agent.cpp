// halligan mint --agent
#include "base/codec.hpp"
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

  Result<int> deliver(const Minted& minted) override {
    const ssh::Certificate& certificate = minted.issued.certificate;
    auto lifetime = store_.add(minted.key, certificate);
    if (!lifetime) return fail(not_delivered(std::move(lifetime).error(), minted.issued));
    const ui::HeldBy held{store_.socket(), *lifetime, store_.confirm()};
    const std::string login = "ssh " + printable(certificate.body.principals.front()) + "@HOST";
    HALLIGAN_CHECK(ui::print(json_ ? ui::json_line(minted.issued.to_json(held))
                                   : minted.issued.to_text(held) + ui::text_row("Log in", login)));
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
