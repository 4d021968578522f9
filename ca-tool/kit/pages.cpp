#include "kit/pages.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "runbook/blocks.hpp"

namespace halligan::kit {
namespace {

using Kind = Item::Kind;

constexpr int kLongestPin = 8;        // boxes for the half of a PIN
constexpr std::size_t kFreeRows = 8;  // to write on

Item heading(int level, std::string text) {
  return {.kind = Kind::kHeading, .level = level, .text = plain(std::move(text))};
}

Item paragraph(std::string text) { return {.kind = Kind::kText, .text = plain(std::move(text))}; }

Item table(std::vector<std::vector<Runs>> rows, std::vector<std::string> head) {
  Item item{.kind = Kind::kTable, .rows = {}, .head = true};
  std::vector<Runs>& first = item.rows.emplace_back();
  for (std::string& each : head) first.push_back(plain(std::move(each)));
  for (auto& row : rows) item.rows.push_back(std::move(row));
  return item;
}

// --- runbooks ---------------------------------------------------------------------------------------------

Runs runs_of(const runbook::Spans& spans) {
  Runs out;
  for (const runbook::Span& each : spans) {
    const Face face = each.style == runbook::Style::kStrong     ? Face::kStrong
                      : each.style == runbook::Style::kEmphasis ? Face::kEmphasis
                      : each.style == runbook::Style::kCode     ? Face::kCode
                      : each.target.empty()                     ? Face::kPlain
                                                                : Face::kEmphasis;
    out.push_back({face, printable(each.text)});
  }
  return out;
}

// Backslashes in commands are to be typed as they are.
std::vector<std::string> code_lines(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& each : lines) out.push_back(one_line(each));
  return out;
}

Item item_of(const runbook::Block& block) {
  switch (block.kind) {
    case runbook::Block::Kind::kHeading:
      return {.kind = Kind::kHeading, .level = block.level, .text = runs_of(block.text)};
    case runbook::Block::Kind::kText:
      return {.kind = Kind::kText, .text = runs_of(block.text)};
    case runbook::Block::Kind::kItem:
      return {.kind = Kind::kText,
              .level = block.level,
              .label = printable(block.mark),
              .text = runs_of(block.text)};
    case runbook::Block::Kind::kCode:
      return {.kind = Kind::kCode,
              .level = block.place.empty() ? 0 : 1,
              .label = block.place.empty() || block.place == "laptop" ? "" : "on " + printable(block.place),
              .lines = code_lines(block.code)};
    case runbook::Block::Kind::kTable:
      break;
  }
  Item item{.kind = Kind::kTable, .rows = {}, .head = true};
  for (const auto& row : block.rows) {
    std::vector<Runs>& cells = item.rows.emplace_back();
    for (const runbook::Spans& cell : row) cells.push_back(runs_of(cell));
  }
  return item;
}

Result<Sheet> runbook_sheet(const Contents& contents, const std::string& name, bool one_page) {
  HALLIGAN_TRY(const runbook::Runbook* book, contents.find_runbook(name));
  Sheet sheet{printable(book->document.title), one_page, {}};
  for (const runbook::Block& each : runbook::blocks_of(book->text)) sheet.items.push_back(item_of(each));
  return sheet;
}

// --- sheets of the kit ------------------------------------------------------------------------------------

// In UTC: it is read where clocks are set by hand. "2026-11-22 02:49 UTC"
std::string made_words(std::uint64_t made) {
  const std::string text = io::format_utc(made);
  return text.starts_with('@') ? text : text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

// A hash is a line of its own, so that none is broken.
void add_ledgers(Sheet& sheet, const std::vector<KitLedger>& ledgers) {
  if (ledgers.empty()) {
    sheet.items.push_back(paragraph("No certificate was on record when this was made."));
    return;
  }
  std::vector<std::vector<Runs>> rows;
  Item heads{.kind = Kind::kCode, .lines = {}};
  for (const KitLedger& each : ledgers) {
    rows.push_back({plain(printable(each.label)), plain(std::to_string(each.records)),
                    plain(each.last == 0 ? "" : made_words(each.last))});
    heads.lines.push_back(each.head);
  }
  sheet.items.push_back(table(rows, {"chain", "records", "the last one"}));
  sheet.items.push_back(paragraph(
      "The SHA-256 of the last record of each, in the same order. halligan ledger verify --head with it "
      "says whether records were taken away since."));
  sheet.items.push_back(std::move(heads));
}

Sheet contents_sheet(const Contents& contents) {
  Sheet sheet{"Contents", false, {heading(1, "What is in this envelope")}};
  sheet.items.push_back(paragraph("Made on " + made_words(contents.made) + " on " +
                                  printable(contents.machine) +
                                  ". Make it anew when a token, a CA, a host or a phone number changes, "
                                  "and at least every 90 days."));
  std::vector<std::vector<Runs>> tokens;
  for (const std::string& each : contents.tokens) {
    const std::size_t colon = each.find(": ");
    const bool named = colon != std::string::npos;
    tokens.push_back({plain(printable(named ? each.substr(0, colon) : each)),
                      plain(named ? printable(each.substr(colon + 2)) : "")});
  }
  if (tokens.empty()) tokens = {{plain(" "), plain(" ")}, {plain(" "), plain(" ")}};
  sheet.items.push_back(heading(2, "Tokens"));
  sheet.items.push_back(table(tokens, {"token", "what it is, serial number, where it is kept"}));

  std::string seals;
  for (const std::string& each : contents.seals) seals += (seals.empty() ? "" : ", ") + printable(each);
  sheet.items.push_back(heading(2, "Seals"));
  sheet.items.push_back(
      table({{plain("on this envelope"), plain(seals.empty() ? " " : seals)}}, {"seal", "number"}));

  sheet.items.push_back(heading(2, "Record"));
  add_ledgers(sheet, contents.ledgers);
  std::vector<std::vector<Runs>> counters;
  for (const KitCa& each : contents.authorities) {
    if (each.counter)
      counters.push_back(
          {plain(printable(each.name)), code(each.fingerprint), plain(std::to_string(*each.counter))});
  }
  if (!counters.empty())
    sheet.items.push_back(table(counters, {"CA", "fingerprint", "last counter on record"}));

  sheet.items.push_back(heading(2, "Opened"));
  sheet.items.push_back(
      paragraph("Two people open it and sign for it. Afterwards: new PIN, new seal, new kit."));
  sheet.items.push_back(table(
      std::vector<std::vector<Runs>>(kFreeRows, {plain("\n"), plain(""), plain(""), plain(""), plain("")}),
      {"date and time", "who", "witness", "reason", "new seal number"}));
  return sheet;
}

std::vector<Runs> host_row(const KitHost& host) {
  std::string name = printable(host.host);
  if (host.name.find(host.host) == std::string::npos) name = printable(host.name) + " (" + name + ")";
  if (host.port != 22) name += fmt::format(", port {}", host.port);
  std::string addresses;
  for (const std::string& each : host.addresses)
    addresses += (addresses.empty() ? "" : "\n") + printable(each);
  std::string keys;
  for (const HostKey& each : host.keys)
    keys += (keys.empty() ? "" : "\n") + std::string(each.authority ? "certified by " : "") +
            printable(each.type) + "\n" + crypto::fingerprint(each.blob);
  return {plain(name), addresses.empty() ? strong("none: needs DNS") : code(addresses),
          keys.empty() ? strong("none known: add --accept-new") : code(keys)};
}

Sheet hosts_sheet(const Contents& contents) {
  Sheet sheet{"Hosts", false, {heading(1, "Hosts")}};
  sheet.items.push_back(
      paragraph("When names cannot be looked up, type the address instead of the name. ssh shows the "
                "fingerprint of a host "
                "that it does not know: compare it with the one here."));
  std::vector<std::vector<Runs>> rows;
  for (const KitHost& each : contents.hosts) rows.push_back(host_row(each));
  if (rows.empty()) rows.assign(kFreeRows, {plain(" "), plain(" "), plain(" ")});
  sheet.items.push_back(table(rows, {"host", "addresses", "host keys"}));
  return sheet;
}

Sheet authorities_sheet(const Contents& contents) {
  Sheet sheet{"CA keys", false, {heading(1, "Public keys of the CAs")}};
  sheet.items.push_back(paragraph(
      "Not secret. A host that does not trust a CA any more gets its line back into the file that its "
      "TrustedUserCAKeys names. A QR code holds exactly the line below it; halligan kit verify reads it, and "
      "any "
      "telephone does."));
  for (const KitCa& each : contents.authorities) {
    sheet.items.push_back(heading(2, printable(each.name)));
    std::vector<std::string> beside{fmt::format("{} {}", each.key.bits(), printable(each.key.label()))};
    beside.push_back(each.fingerprint);
    beside.insert(beside.end(), each.art.begin(), each.art.end());
    if (!each.key.application().empty()) beside.push_back("application " + printable(each.key.application()));
    if (each.counter) beside.push_back(fmt::format("last counter {}", *each.counter));
    if (!each.comment.empty()) beside.push_back(printable(each.comment));
    sheet.items.push_back({.kind = Kind::kPanel, .lines = std::move(beside), .qr = each.qr_text()});
    sheet.items.push_back({.kind = Kind::kCode, .lines = {one_line(each.qr_text())}});
  }
  return sheet;
}

void add_half(Sheet& sheet, const std::string& token, const std::string& which, const std::string& seal) {
  sheet.items.push_back(heading(2, which + ": " + token));
  sheet.items.push_back({.kind = Kind::kBoxes, .level = kLongestPin, .label = which + " of the PIN"});
  sheet.items.push_back({.kind = Kind::kForm, .lines = {"custodian", "written on", seal, "signature"}});
}

Sheet pin_sheet(const std::string& token) {
  Sheet sheet{"PIN", true, {heading(1, "PIN of the token " + token)}};
  sheet.items.push_back(paragraph(
      "Written by hand, never printed, never typed into this program. It belongs into another envelope and "
      "another "
      "safe than the token. Eight wrong PINs in a row lock the token for good: write what nobody can "
      "misread."));
  sheet.items.push_back(paragraph(
      "One custodian: fill in the upper part with the whole PIN. Two custodians: the first half above, the "
      "second "
      "half below, cut, and put each part into an envelope of its own. Neither opens anything alone."));
  add_half(sheet, token, "First half", "seal number of its envelope");
  sheet.items.push_back({.kind = Kind::kCut, .label = "cut here for two custodians"});
  add_half(sheet, token, "Second half", "seal number of its envelope");
  sheet.items.push_back(heading(2, "Checked"));
  sheet.items.push_back(
      paragraph("Once a year, and after each use: halligan token pin status shows the tries "
                "that are left; typing the PIN correctly brings them back to 8."));
  sheet.items.push_back(table({{plain("\n"), plain(""), plain("")}, {plain("\n"), plain(""), plain("")}},
                              {"date", "who", "still remembered, still right"}));
  return sheet;
}

}  // namespace

Result<Sheets> make_sheets(const Contents& contents) {
  Sheets out{
      .title = "Emergency kit", .made = contents.made, .made_text = made_words(contents.made), .sheets = {}};
  HALLIGAN_TRY(Sheet emergency, runbook_sheet(contents, kEmergencyPage, true));
  HALLIGAN_TRY(Sheet fallback, runbook_sheet(contents, kFallbackPage, false));
  out.sheets.push_back(std::move(emergency));
  out.sheets.push_back(contents_sheet(contents));
  out.sheets.push_back(hosts_sheet(contents));
  out.sheets.push_back(authorities_sheet(contents));
  out.sheets.push_back(std::move(fallback));
  if (contents.tokens.empty()) out.sheets.push_back(pin_sheet("____________"));
  for (const std::string& each : contents.tokens)
    out.sheets.push_back(pin_sheet(printable(each.substr(0, each.find(": ")))));
  return out;
}

}  // namespace halligan::kit
