#include <array>
#include <string_view>

#include "attest/command.hpp"
#include "base/codec.hpp"
#include "io/clock.hpp"
#include "ssh/signature.hpp"
#include "ui/describe.hpp"

namespace halligan::attest {
namespace {

constexpr std::array<std::string_view, 4> kForms{"none", "self", "packed", "fido-u2f"};
constexpr std::array<std::string_view, 3> kProven{"nothing", "maker", "hardware"};

bool touched(const Statement& statement) { return (statement.flags & ssh::kUserPresent) != 0; }
bool verified(const Statement& statement) { return (statement.flags & ssh::kUserVerified) != 0; }
bool signs_data(const Statement& statement) {
  return statement.form == Form::kSelf || statement.form == Form::kPacked;
}

std::string attested_words(const Statement& statement) {
  switch (statement.form) {
    case Form::kNone:
      return "by nobody";
    case Form::kSelf:
      return "by the key itself";
    case Form::kPacked:
    case Form::kU2f:
      break;
  }
  return "by a certificate of " + printable(statement.attester->issuer) +
         (statement.form == Form::kU2f ? " (U2F)" : "");
}

std::string proven_words(Proven proven) {
  switch (proven) {
    case Proven::kHardware:
      return "made in hardware, which does not give the key out";
    case Proven::kMaker:
      return "made by a token of a maker you trust; in hardware or not, cannot be known";
    case Proven::kNothing:
      break;
  }
  return "nothing: what made this key cannot be known";
}

std::string model_rows(const Model& model) {
  const auto certified = model.certification();
  std::string text = ui::foreign_row("Model", printable(model.description));
  text += ui::foreign_row(
      "Certified", certified ? printable(certified->status) +
                                   (certified->date.empty() ? "" : " since " + printable(certified->date))
                             : "no");
  if (!model.key_protection.empty()) text += ui::foreign_row("Keys in", ui::joined(model.key_protection));
  if (!model.matcher_protection.empty())
    text += ui::foreign_row("PIN checked", ui::joined(model.matcher_protection));
  if (!model.attachment.empty()) text += ui::foreign_row("Attached", ui::joined(model.attachment));
  return text;
}

std::string rows(const Attested& attested) {
  const Statement& statement = attested.statement;
  std::string text = ui::text_row("Key", ui::key_words(attested.key));
  text += ui::foreign_row("Attested", attested_words(statement));
  if (signs_data(statement))
    text += ui::text_row("Made with", verified(statement)  ? "touch and PIN"
                                      : touched(statement) ? "touch"
                                                           : "nothing");
  if (statement.form == Form::kPacked) text += ui::text_row("AAGUID", aaguid_text(statement.aaguid));
  if (!attested.judgement.maker.empty())
    text += ui::foreign_row("Vouched by", printable(attested.judgement.maker));
  if (attested.metadata) {
    text += ui::text_row("Metadata", "number " + std::to_string(attested.metadata->number) + ", next due " +
                                         attested.metadata->next_update);
    if (attested.metadata->model) text += model_rows(*attested.metadata->model);
  }
  for (const Finding& each : attested.findings.all())
    text += ui::text_row(each.fault ? "Fault" : "Note", each.text);
  return text + ui::text_row("Proven", proven_words(attested.judgement.proven));
}

ui::Json metadata_json(const Metadata& metadata) {
  ui::Json json{{"number", metadata.number}, {"next_update", metadata.next_update}};
  if (!metadata.model) return json;
  const Model& model = *metadata.model;
  json["description"] = model.description;
  if (const auto certified = model.certification()) json["certification"] = certified->status;
  json["status_reports"] = ui::Json::array();
  for (const StatusReport& each : model.reports)
    json["status_reports"].push_back({{"status", each.status}, {"date", each.date}});
  json["key_protection"] = model.key_protection;
  json["matcher_protection"] = model.matcher_protection;
  json["attachment"] = model.attachment;
  return json;
}

ui::Json as_json(const Attested& attested) {
  const Statement& statement = attested.statement;
  ui::Json json{{"key", ui::key_json(attested.key)},
                {"attestation", kForms[static_cast<std::size_t>(statement.form)]}};
  if (signs_data(statement)) {
    json["user_present"] = touched(statement);
    json["user_verified"] = verified(statement);
  }
  if (statement.form == Form::kPacked) json["aaguid"] = aaguid_text(statement.aaguid);
  if (statement.attester) {
    json["issuer"] = ui::json_text(statement.attester->issuer);
    json["subject"] = ui::json_text(statement.attester->subject);
  }
  ui::put_moment(json, "judged", attested.made);
  if (!attested.judgement.maker.empty()) json["vouched_by"] = ui::json_text(attested.judgement.maker);
  if (attested.metadata) json["metadata"] = metadata_json(*attested.metadata);
  json["proven"] = kProven[static_cast<std::size_t>(attested.judgement.proven)];
  json["findings"] = ui::Json::array();
  for (const Finding& each : attested.findings.all())
    json["findings"].push_back(
        {{"severity", each.fault ? "fault" : "note"}, {"code", each.code}, {"text", each.text}});
  return json;
}

}  // namespace

Result<> report(const Attested& attested, bool json) {
  return ui::print(json ? ui::json_line(as_json(attested)) : rows(attested));
}

}  // namespace halligan::attest
