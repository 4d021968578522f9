#include "attest/metadata.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/jws.hpp"
#include "base/codec.hpp"

namespace halligan::attest {
namespace {

using JsonValue = nlohmann::json;

constexpr int kEntryDepth = 2;  // the object, its array of entries, an entry

std::string text_in(const JsonValue& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_in(const JsonValue& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end() || !found->is_array()) return texts;
  for (const JsonValue& each : *found) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

bool has(const std::vector<std::string>& texts, std::string_view wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

bool is_wanted(const JsonValue& entry, const ModelId& wanted) {
  if (wanted.has_aaguid()) return text_in(entry, "aaguid") == aaguid_text(wanted.aaguid);
  return has(texts_in(entry, "attestationCertificateKeyIdentifiers"), hex(wanted.key_identifier));
}

bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  return std::ranges::equal(text, kForm,
                            [](char c, char form) { return form == '0' ? c >= '0' && c <= '9' : c == form; });
}

// What a reader may expect is there: an entry that lacks its reports may be one that somebody cut.
Result<Model> read_model(const JsonValue& entry) {
  const auto statement = entry.find("metadataStatement");
  const auto reports = entry.find("statusReports");
  if (statement == entry.end() || !statement->is_object() || reports == entry.end() || !reports->is_array())
    return fail(Code::kBadInput, "the entry of this model has no statement, or no status reports");
  Model model{.description = text_in(*statement, "description")};
  for (const JsonValue& each : *reports) {
    if (text_in(each, "status").empty()) return fail(Code::kBadInput, "a status report has no status");
    model.reports.push_back({text_in(each, "status"), text_in(each, "effectiveDate")});
  }
  for (std::string text : texts_in(*statement, "attestationRootCertificates")) {
    // Some makers break the lines.
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    HALLIGAN_TRY(Bytes der, parse_base64(text).in("a root of this model"));
    model.roots.push_back(std::move(der));
  }
  model.key_protection = texts_in(*statement, "keyProtection");
  model.matcher_protection = texts_in(*statement, "matcherProtection");
  model.attachment = texts_in(*statement, "attachmentHint");
  return model;
}

Result<Metadata> read(std::string_view text, const ModelId& wanted) {
  if (nests_too_deep(text)) return fail(Code::kBadInput, "it nests too deep");
  const auto keep = [&](int depth, JsonValue::parse_event_t event, JsonValue& value) {
    return depth != kEntryDepth || event != JsonValue::parse_event_t::object_end || is_wanted(value, wanted);
  };
  const JsonValue payload = JsonValue::parse(text, keep, false);
  if (!payload.is_object()) return fail(Code::kBadInput, "its payload is not a JSON object");
  const auto number = payload.find("no");
  const auto entries = payload.find("entries");
  Metadata metadata{.next_update = text_in(payload, "nextUpdate")};
  if (number == payload.end() || !number->is_number_unsigned() || entries == payload.end() ||
      !entries->is_array() || !is_date(metadata.next_update))
    return fail(Code::kBadInput, "not FIDO metadata: it lacks its number, nextUpdate or entries");
  metadata.number = number->get<std::uint64_t>();
  if (entries->size() > 1) return fail(Code::kBadInput, "it has several entries for this model");
  if (!entries->empty()) {
    if (!entries->front().is_object()) return fail(Code::kBadInput, "an entry is not an object");
    HALLIGAN_TRY(metadata.model, read_model(entries->front()));
  }
  return metadata;
}

}  // namespace

std::string aaguid_text(const Aaguid& aaguid) {
  std::string text = hex(aaguid);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

// @source FIDO Metadata Service 3.0, section 3.1.4
bool StatusReport::refuses() const {
  return status == "REVOKED" || status == "USER_VERIFICATION_BYPASS" ||
         status.find("COMPROMISE") != std::string::npos;
}

bool Model::keeps_keys_in_hardware() const {
  const bool hardware = std::ranges::any_of(std::array{"hardware", "secure_element", "tee"},
                                            [&](const char* each) { return has(key_protection, each); });
  return hardware && !has(key_protection, "software");
}

std::optional<StatusReport> Model::certification() const {
  std::optional<StatusReport> last;
  for (const StatusReport& each : reports) {
    if (each.status.starts_with("FIDO_CERTIFIED")) last = each;
    if (each.status == "NOT_FIDO_CERTIFIED" || each.refuses()) last.reset();
  }
  return last;
}

Result<Metadata> read_metadata(std::string_view json, const ModelId& wanted) {
  return read(json, wanted).in("metadata");
}

}  // namespace halligan::attest
