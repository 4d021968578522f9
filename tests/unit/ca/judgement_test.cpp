#include "ca/judgement.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "ssh/options.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;
using namespace halligan::ca;

namespace {

constexpr std::uint64_t kNow = 1'000'000;

/// A certificate that is good for another hour, and what it is compared with.
struct Case {
  ssh::Certificate certificate = [] {
    ssh::Certificate out = ssh::vector_certificate("ed25519-by-ed25519");
    out.body.valid_after = kNow - 3600;
    out.body.valid_before = kNow + 3600;
    return out;
  }();
  Measure measure{kNow, {}, {}, {}};
  Result<crypto::Verified> verified = crypto::Verified{};
  std::optional<HostAsked> host{};

  void trust(ssh::PublicKey key, const std::string& hosts = {}) {
    measure.authorities.push_back({"ca.pub", {std::move(key), "ours", 1, hosts}});
  }
  void revoke(const std::string& key) {
    measure.lists.push_back(
        RevocationList::read(std::string(HALLIGAN_VECTORS) + "/keys/" + key + ".pub").value());
  }
  void present_to(const std::string& name) {
    certificate.body.type = ssh::CertificateType::kHost;
    certificate.body.extensions.clear();
    certificate.body.principals = {"web1"};
    host = HostAsked{name, 22};
  }

  Judgement judged() const {
    return judge(measure, ui::describe(certificate, measure.now, verified), host ? &*host : nullptr);
  }
};

// "code code …", with ? for what counts only with --check.
std::string codes(const Judgement& judgement) {
  std::string out;
  for (const Problem& each : judgement.problems) {
    CHECK_FALSE(each.text.empty());
    out.append(out.empty() ? "" : " ").append(each.only_checked ? "?" : "").append(each.code);
  }
  return out;
}

}  // namespace

TEST_CASE("judgement: each problem has its code") {
  struct Row {
    const char* codes;
    std::function<void(Case&)> spoil;
  };
  const auto row = GENERATE(values<Row>({
      {"", [](Case&) {}},
      {"", [](Case& c) { c.trust(c.certificate.body.ca); }},
      {"", [](Case& c) { c.revoke("rsa"); }},
      {"", [](Case& c) { c.present_to("web1"); }},
      {"signature-bad", [](Case& c) { c.verified = fail(Code::kNo, "the signature does not verify"); }},
      {"ca-unknown", [](Case& c) { c.trust(ssh::vector_key("rsa")); }},
      {"", [](Case& c) { c.trust(c.certificate.body.ca, "*.example.org"); }},
      {"ca-other-hosts",
       [](Case& c) {
         c.present_to("web1");
         c.trust(c.certificate.body.ca, "*.example.org");
       }},
      {"",
       [](Case& c) {
         c.present_to("web1");
         c.trust(c.certificate.body.ca, "*.example.org");
         c.trust(c.certificate.body.ca, "web*");
       }},
      {"revoked",
       [](Case& c) {
         c.certificate.body.subject = ssh::vector_key("ecdsa256");
         c.revoke("ecdsa256");
       }},
      {"revoked",
       [](Case& c) {
         c.certificate.body.ca = ssh::vector_key("ed25519");
         c.revoke("ed25519");
       }},
      {"not-a-host-certificate",
       [](Case& c) {
         c.host = HostAsked{"web1", 22};
         c.certificate.body.principals = {"web1"};
       }},
      {"host-not-named", [](Case& c) { c.present_to("web2"); }},
      {"host-not-named",
       [](Case& c) {
         c.present_to("web1");
         c.certificate.body.principals.clear();
       }},
      {"?refused", [](Case& c) { c.certificate.body.critical = {ssh::value_option("nope@x", "y")}; }},
      {"?refused", [](Case& c) { c.certificate.body.ca = ssh::vector_key("ecdsa256"); }},
      {"signature-bad",
       [](Case& c) {
         c.certificate.body.ca = ssh::vector_key("ecdsa256");
         c.verified = fail(Code::kBadInput, "key and signature do not fit");
       }},
      {"?never-valid", [](Case& c) { c.certificate.body.valid_before = c.certificate.body.valid_after; }},
      {"?not-yet-valid", [](Case& c) { c.certificate.body.valid_after = kNow + 1; }},
      {"", [](Case& c) { c.certificate.body.valid_after = kNow; }},
      {"?expired", [](Case& c) { c.certificate.body.valid_before = kNow; }},
      {"", [](Case& c) { c.certificate.body.valid_before = kNow + 1; }},
      {"?expires-soon",
       [](Case& c) {
         c.measure.renewal = Renewal{3601, {}};
       }},
      {"",
       [](Case& c) {
         c.measure.renewal = Renewal{3600, {}};
       }},
      {"?expires-soon",
       [](Case& c) {
         c.measure.renewal = Renewal{0, 50};
       }},
      {"",
       [](Case& c) {
         c.measure.renewal = Renewal{0, 51};
       }},
      {"",
       [](Case& c) {
         c.certificate.body.valid_before = ssh::kForever;
         c.measure.renewal = Renewal{3601, {}};
       }},
      {"signature-bad ca-unknown ?expired",
       [](Case& c) {
         c.verified = fail(Code::kNo, "the signature does not verify");
         c.trust(ssh::vector_key("rsa"));
         c.certificate.body.valid_before = kNow;
       }},
  }));
  Case each;
  row.spoil(each);
  CHECK(codes(each.judged()) == row.codes);
}

TEST_CASE("judgement: of a key, only whether it is revoked") {
  Case each;
  each.trust(ssh::vector_key("rsa"));
  each.revoke("ecdsa256");
  CHECK(codes(judge(each.measure, ssh::vector_key("ed25519"))).empty());
  const Judgement revoked = judge(each.measure, ssh::vector_key("ecdsa256"));
  CHECK(codes(revoked) == "revoked");
  ui::Json json;
  add_key_judgement(json, each.measure, revoked);
  CHECK(json["revoked"] == true);
  CHECK(json["revoked_by"]["entry"] == "key");
  CHECK_FALSE(json.contains("ca_known"));
}

TEST_CASE("judgement: the CA and the host in rows and in JSON") {
  Case each;
  each.present_to("web2");
  each.trust(each.certificate.body.ca, "web*");
  const Judgement judgement = each.judged();
  CHECK(judgement_rows(each.measure, judgement, 1) ==
        "Signed by   CA ours (ca.pub:1)\nHost        web2 is NOT among the principals\n");
  ui::Json json;
  add_judgement(json, each.measure, judgement);
  CHECK(json["ca_known"] == true);
  CHECK(json["signed_by"] == ui::Json({{"file", "ca.pub"}, {"line", 1}, {"comment", "ours"}}));
  CHECK(json["host"] == ui::Json({{"name", "web2"}, {"port", 22}, {"named", false}}));
  CHECK_FALSE(json.contains("revoked"));
}

TEST_CASE("--expires-in takes a time or a percentage") {
  const char* const bad = GENERATE("soon", "101%", "-5%", "%", "1e1%", "99999999999999999999%");
  const auto measure = read_measure({{}, {}, bad}, kNow);
  REQUIRE_FALSE(measure);
  CHECK(measure.error().code == Code::kUsage);
  CHECK(measure.error().message.starts_with("--expires-in: "));
  CHECK(read_measure({{}, {}, "2h"}, kNow)->renewal->seconds == 7200);
  CHECK(read_measure({{}, {}, "100%"}, kNow)->renewal->percent == 100U);
}
