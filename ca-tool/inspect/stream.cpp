#include "inspect/sources.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "io/parallel.hpp"
#include "ssh/key_file.hpp"

namespace halligan::inspect {
namespace {

constexpr std::size_t kRead = std::size_t{256} * 1024;

/// The lines of a file in groups: what could be had without waiting, in whole lines.
class LineGroups {
 public:
  struct Group {
    std::string_view text{};  ///< whole lines; valid until the next call
    bool cut = false;         ///< the line after it is too long, and skipped
    bool end = false;
  };

  ~LineGroups() { ::explicit_bzero(buffer_.data(), buffer_.size()); }  // see LineSplitter
  LineGroups(const LineGroups&) = delete;
  LineGroups& operator=(const LineGroups&) = delete;
  LineGroups(io::InputFile& input, ByteView head) : input_(input), buffer_(kMaxInspectLine + kRead) {
    std::memcpy(buffer_.data(), head.data(), head.size());
    size_ = head.size();
  }

  Result<Group> next() {
    std::memmove(buffer_.data(), buffer_.data() + taken_, size_ - taken_);
    size_ -= taken_;
    taken_ = 0;
    while (true) {
      const std::size_t whole = whole_lines();
      const bool enough = whole != 0 && (size_ + kRead > buffer_.size() || !input_.ready());
      if (enough || end_) return group(end_ ? size_ : whole, false);
      if (whole == 0 && size_ > kMaxInspectLine) {
        HALLIGAN_CHECK(skip_line());
        return group(0, true);
      }
      const std::size_t room = std::min(kRead, buffer_.size() - size_);
      HALLIGAN_TRY(const std::size_t got, input_.read({buffer_.data() + size_, room}));
      end_ = got == 0;
      size_ += got;
    }
  }

 private:
  // Bytes; 0 without a newline.
  std::size_t whole_lines() const { return as_text({buffer_.data(), size_}).rfind('\n') + 1; }

  Group group(std::size_t size, bool cut) {
    taken_ = size;
    return {as_text({buffer_.data(), size}), cut, end_};
  }

  // What is left of a line that is too long.
  Result<> skip_line() {
    size_ = 0;
    while (!end_) {
      HALLIGAN_TRY(const std::size_t got, input_.read({buffer_.data(), kRead}));
      end_ = got == 0;
      const std::size_t used = as_text({buffer_.data(), got}).find('\n') + 1;
      if (used == 0) continue;
      std::memmove(buffer_.data(), buffer_.data() + used, got - used);
      size_ = got - used;
      return {};
    }
    return {};
  }

  io::InputFile& input_;
  std::vector<std::uint8_t> buffer_;
  std::size_t size_ = 0;
  std::size_t taken_ = 0;
  bool end_ = false;
};

struct Line {
  std::string_view text;
  std::size_t number;
  bool secret = false;  // a private key begins here
};

/// The lines with something in them. A private key that got into the stream is skipped, so that no error
/// shows part of it.
class LineSplitter {
 public:
  void split(std::string_view text, std::vector<Line>& out) {
    while (!text.empty()) {
      std::string_view line = next_line(text);
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      if (inside_secret_) {
        inside_secret_ = !line.starts_with("-----END ");
      } else if (ssh::looks_like_private_key(line)) {
        inside_secret_ = true;
        out.push_back({line, number_, true});
      } else if (!line.empty() && line[0] != '#') {
        out.push_back({line, number_});
      }
    }
  }

  std::size_t skip_one() { return ++number_; }

 private:
  std::size_t number_ = 0;
  bool inside_secret_ = false;
};

/// What came of a group.
struct Worked {
  std::vector<Line> lines{};  // their texts are gone
  std::vector<Result<Shown>> shown{};
  std::optional<std::size_t> too_long{};  // the number of the line after them, if that is
};

Result<> add_to(InspectReport& report, const std::string& path, Worked group) {
  for (std::size_t i = 0; i < group.lines.size(); ++i) {
    HALLIGAN_CHECK(report.add({path, group.lines[i].number}, std::move(group.shown[i])));
  }
  if (!group.too_long) return {};
  return report.fault({path, *group.too_long}, {Code::kBadInput, "longer than a mebibyte", {}});
}

/// Works on a group with several threads.
class Workers {
 public:
  Workers(const Inspector& inspector, const View& view)
      : inspector_(inspector), view_(view), verifiers_(io::worker_count()) {}

  /// @param besides done by one of the threads meanwhile
  template <typename Besides>
  std::vector<Result<Shown>> work(const std::vector<Line>& lines, const std::string& path, Besides besides) {
    std::vector<Result<Shown>> shown(lines.size());
    // Of many, whether keys are weak is looked at only if that is asked for.
    inspector_.check_keys = view_.check || lines.size() < io::kLinesForThreads;
    io::in_parallel(io::worker_count_for(lines.size()), lines.size() + 1,
                    [&](std::size_t worker, std::size_t i) {
                      if (i == 0) {
                        besides();
                      } else {
                        shown[i - 1] = show(lines[i - 1], path, verifiers_[worker]);
                      }
                    });
    return shown;
  }

 private:
  Result<Shown> show(const Line& line, const std::string& path, crypto::Verifier& verifier) const {
    if (line.secret)
      return fail(Code::kBadInput, "a private key, which does not belong here", "do not send it on");
    HALLIGAN_TRY(const Item item, inspector_.line(line.text, {path, line.number}, verifier));
    return view_.show(item);
  }

  Inspector inspector_;
  const View& view_;
  std::vector<crypto::Verifier> verifiers_;
};

}  // namespace

Result<> inspect_stream(io::InputFile& input, ByteView head, const std::string& path,
                        const Inspector& inspector, InspectReport& report) {
  LineGroups groups(input, head);
  Workers workers(inspector, report.view());
  LineSplitter splitter;
  std::size_t found = 0;
  Worked last;
  for (bool end = false; !end;) {
    // Nobody waits for what is known because more may come.
    if (!input.ready()) {
      HALLIGAN_CHECK(add_to(report, path, std::exchange(last, {})));
      HALLIGAN_CHECK(report.flush());
    }
    HALLIGAN_TRY(const auto group, groups.next());
    Worked now;
    splitter.split(group.text, now.lines);
    if (group.cut) now.too_long = splitter.skip_one();
    Result<> added;
    now.shown = workers.work(now.lines, path, [&] { added = add_to(report, path, std::move(last)); });
    HALLIGAN_CHECK(added);
    found += now.lines.size() + (group.cut ? 1 : 0);
    last = std::move(now);
    end = group.end;
  }
  HALLIGAN_CHECK(add_to(report, path, std::move(last)));
  if (found != 0) return {};
  return report.fault(path, {Code::kBadInput, path + ": no certificate and no key in it", {}});
}

}  // namespace halligan::inspect
