// Drills as Markdown, for a wiki or a ticket. cmark writes it, and escapes what would be taken for markup.
#include <cmark.h>

#include <cstdlib>

#include "base/codec.hpp"
#include "base/handle.hpp"
#include "drill/report.hpp"
#include "io/clock.hpp"
#include "ui/describe.hpp"

namespace halligan::drill {
namespace {

// A parent owns what it has.
cmark_node* add(cmark_node* parent, cmark_node_type type) {
  cmark_node* made = cmark_node_new(type);
  cmark_node_append_child(parent, made);
  return made;
}

void add_text(cmark_node* parent, const std::string& text, cmark_node_type type = CMARK_NODE_TEXT) {
  cmark_node_set_literal(add(parent, type), one_line(text).c_str());
}

void heading(cmark_node* root, int level, const std::string& text) {
  cmark_node* made = add(root, CMARK_NODE_HEADING);
  cmark_node_set_heading_level(made, level);
  add_text(made, text);
}

cmark_node* list(cmark_node* parent) {
  cmark_node* made = add(parent, CMARK_NODE_LIST);
  cmark_node_set_list_tight(made, 1);
  return made;
}

cmark_node* item(cmark_node* list) { return add(add(list, CMARK_NODE_ITEM), CMARK_NODE_PARAGRAPH); }

// @param type of the value: as code where it is somebody else's program that wrote it
cmark_node* named_item(cmark_node* list, const std::string& name, const std::string& value,
                       cmark_node_type type = CMARK_NODE_TEXT) {
  cmark_node* made = item(list);
  add_text(add(made, CMARK_NODE_STRONG), name);
  add_text(made, ": ");
  add_text(made, value, type);
  return made;
}

void add_host(cmark_node* hosts, const DrilledHost& host) {
  cmark_node* more = list(cmark_node_parent(named_item(hosts, host.host, outcome_words(host))));
  if (!host.address.empty()) named_item(more, "Address", host.address);
  if (!host.detail.empty()) named_item(more, "Detail", host.detail, CMARK_NODE_CODE);
  if (!host.sshd.empty()) named_item(more, "sshd", host.sshd, CMARK_NODE_CODE);
  if (host.log && host.log->seen()) named_item(more, "Log", host.log->line, CMARK_NODE_CODE);
  if (!host.steps.empty()) named_item(more, "Steps", steps_words(host.steps));
  if (cmark_node_first_child(more) == nullptr) cmark_node_free(more);
}

void add_drill(cmark_node* root, const SignedDrill& shown) {
  const Drill& drill = shown.drill;
  heading(root, 2,
          "Drill " + std::to_string(drill.number) + " of " + ui::moment_words(drill.began / 1000) + ": " +
              (drill.passed() ? "passed" : "FAILED"));
  add_text(add(root, CMARK_NODE_PARAGRAPH), summary(drill));
  heading(root, 3, "Hosts");
  cmark_node* hosts = list(root);
  for (const DrilledHost& each : drill.hosts) add_host(hosts, each);
  heading(root, 3, "Record");
  cmark_node* record = list(root);
  for (const Fact& each : facts(shown)) named_item(record, std::string(each.name), each.value);
  named_item(record, "Steps", steps_words(drill.steps));
}

}  // namespace

std::string to_markdown(const std::vector<SignedDrill>& drills, const Status& status, std::uint64_t now) {
  const Handle<cmark_node, cmark_node_free> root(cmark_node_new(CMARK_NODE_DOCUMENT));
  heading(root.get(), 1, "Emergency drills");
  add_text(add(root.get(), CMARK_NODE_PARAGRAPH), status_words(status, now));
  cmark_node* written = list(root.get());
  named_item(written, "Written", ui::moment_words(now));
  named_item(written, "Head of the records", status.head, CMARK_NODE_CODE);
  for (const SignedDrill& each : drills) add_drill(root.get(), each);
  const Handle<char, std::free> text(cmark_render_commonmark(root.get(), CMARK_OPT_DEFAULT, 0));
  return text.get();
}

}  // namespace halligan::drill
