#include "inspect/sources.hpp"

#include <algorithm>
#include <memory>

#include "crypto/pem.hpp"
#include "handoff/bundle.hpp"
#include "io/files.hpp"
#include "ssh/key_file.hpp"

namespace halligan::inspect {
namespace {

// Enough to tell what it is, and all of the header of a file by age.
using Head = Secret<4096>;
constexpr std::size_t kTelling = 512;  // a tar archive's first header
constexpr std::size_t kLargestPublicKey = 64 * 1024;
constexpr std::string_view kBundleStart = "handoff/README";

// As much as tells what it is; a line that comes alone through a pipe is not kept waiting.
Result<> read_head(io::InputFile& input, Head& head) {
  while (head.size() < kTelling) {
    const std::size_t before = head.size();
    if (!head.resize(Head::kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
    HALLIGAN_TRY(const std::size_t got, input.read({head.data() + before, Head::kCapacity - before}));
    if (!head.resize(before + got)) return fail(Code::kInternal, "a buffer smaller than itself");
    if (got == 0 || as_text(head.view()).find('\n') != std::string_view::npos) return {};
  }
  return {};
}

Result<Item> key_file(const std::string& path, const Inspector& inspector) {
  if (path == "-") {
    return fail(Code::kBadInput, "private key on standard input",
                "give the name of its file, which is read into locked memory");
  }
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path));
  HALLIGAN_TRY(auto any, crypto::parse_any_key_file(as_text(text.view())));
  ui::Origin origin(path);
  origin.encrypted = std::holds_alternative<ssh::EncryptedKey>(any);
  // Only OpenSSH's own files have a comment, which is encrypted with the rest.
  if (const auto file = ssh::parse_key_file(as_text(text.view()))) origin.comment = file->comment;
  if (auto* handle = std::get_if<ssh::SkHandle>(&any))
    return inspector.handle(std::move(*handle), std::move(origin));
  return inspector.key(std::visit([](auto& each) { return std::move(each.key); }, any), std::move(origin));
}

Result<Item> foreign_key(io::InputFile& input, const Head& head, const std::string& path,
                         const Inspector& inspector) {
  Bytes text = to_bytes(head.view());
  HALLIGAN_CHECK(input.read_rest(text, kLargestPublicKey));
  HALLIGAN_TRY(auto line, crypto::parse_public_key_file(as_text(text)));
  return inspector.key(std::move(line.key), {path, 0, std::move(line.comment)});
}

// All that fits, after what was read already. @return whether it was all of the file
template <typename Text>
Result<bool> fill(io::InputFile& input, Text& text) {
  const std::size_t before = text.size();
  if (!text.resize(Text::kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const std::size_t got, input.fill({text.data() + before, Text::kCapacity - before}));
  if (!text.resize(before + got)) return fail(Code::kInternal, "a buffer smaller than itself");
  return text.size() < Text::kCapacity;
}

Result<Item> bundle(io::InputFile& input, const Head& head, const std::string& path,
                    const Inspector& inspector) {
  const auto archive = std::make_unique<handoff::ArchiveText>();
  if (!archive->append(head.view())) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const bool whole, fill(input, *archive));
  if (!whole) return fail(Code::kBadInput, "too large for a bundle");
  HALLIGAN_TRY(const auto bundle, handoff::parse_bundle(archive->view()));
  return inspector.bundle(*bundle, path);
}

Result<Item> request(io::InputFile& input, const Head& head, const std::string& path,
                     const Inspector& inspector) {
  Bytes text = to_bytes(head.view());
  HALLIGAN_CHECK(input.read_rest(text, request::kMaxRequestText));
  HALLIGAN_TRY(auto request, request::parse_request_text(as_text(text)));
  return inspector.request(std::move(request), path);
}

Result<Item> encrypted(io::InputFile& input, Head& head, const std::string& path, bool check) {
  if (check) {
    return fail(Code::kBadInput, "encrypted by age, cannot be checked", "open it: halligan handoff open");
  }
  HALLIGAN_TRY([[maybe_unused]] const bool whole, fill(input, head));
  return Item{path, read_age_header(as_text(head.view()))};
}

// Parsed here, so that no copy of a large list is made; a list is neither valid nor invalid.
Result<> inspect_krl(io::InputFile& input, const Head& head, const std::string& path, InspectReport& report) {
  Bytes bytes = to_bytes(head.view());
  auto read = input.read_rest(bytes, ssh::kMaxKrlSize);
  if (!read) return report.fault(path, std::move(read).error());
  const auto krl = ssh::parse_krl(bytes);
  if (!krl) return report.fault(path, krl.error());
  if (!report.view().check) return show_krl(*krl, path, report);
  const auto reason = ca::refused_by_sshd(*krl);
  if (!reason) return {};
  return report.fault(path, {Code::kUnsupported, *reason + ": sshd refuses every key with such a list", {}});
}

}  // namespace

Result<> inspect_file(const std::string& path, const Inspector& inspector, InspectReport& report) {
  auto opened = io::InputFile::open(path);
  if (!opened) return report.fault(path, std::move(opened).error());
  io::InputFile& input = *opened;
  const auto head = std::make_unique<Head>();
  auto started = read_head(input, *head);
  if (!started) return report.fault(path, std::move(started).error());
  const std::string_view start = as_text(head->view());
  if (ssh::looks_like_krl(head->view())) return inspect_krl(input, *head, path, report);
  const auto found = [&]() -> std::optional<Result<Item>> {
    if (ssh::looks_like_private_key(start)) return key_file(path, inspector);
    if (start.starts_with(kBundleStart)) return bundle(input, *head, path, inspector);
    if (request::has_request(start)) return request(input, *head, path, inspector);
    if (crypto::looks_like_foreign_public_key(start)) return foreign_key(input, *head, path, inspector);
    if (looks_encrypted(start)) return encrypted(input, *head, path, report.view().check);
    return std::nullopt;
  }();
  return found ? report.add(path, *found) : inspect_stream(input, head->view(), path, inspector, report);
}

}  // namespace halligan::inspect
