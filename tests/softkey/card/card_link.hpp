// A token that is a card in a reader.
#pragma once

#include "softkey/card/applet.hpp"
#include "softkey/card/vpcd_front.hpp"
#include "softkey/link.hpp"

namespace halligan::softkey {

class CardLink : public Link {
 public:
  CardLink(VpcdFront front, const Settings& settings, bool extended_length);

  Transport& transport() override { return applet_; }
  const std::string& path() const override { return front_.address(); }
  int fd() const override { return front_.fd(); }
  Result<> receive(std::int64_t now_ms) override;
  bool take_power_up() override { return applet_.take_power_up(); }
  Result<> move() override;

 private:
  void answer(ByteView frame);
  VpcdFront front_;
  Applet applet_;
};

}  // namespace halligan::softkey
