// The ledger that this machine writes: no certificate is released before it is recorded on the disk.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/append_file.hpp"
#include "ledger/record.hpp"
#include "ledger/text.hpp"

namespace halligan::ledger {

/// Open, whole and locked for as long as it lives, so that serials rise and records follow one another.
class Ledger {
 public:
  /// Open or begin the ledger of this machine. What a crash left of a record is moved to a file beside it,
  /// and reported on stderr: it was never released.
  /// @errors kBadInput (not a ledger, damaged, a merged copy, full) · kUnreachable · kNotFound (no such
  /// folder)
  static Result<Ledger> open(const std::string& path);

  const std::string& path() const { return file_.path(); }

  /// Serials and answered requests of another ledger of the same CA count as well.
  void count_in(const std::string& file, const Chain& chain);

  /// The wanted serial; else the time in milliseconds, or the last serial + 1 if that is more.
  /// @errors kBadInput: the wanted one is not above all that were used
  Result<std::uint64_t> next_serial(std::optional<std::uint64_t> wanted) const;

  /// A request that was answered, and by which record.
  struct Answered {
    std::string file;
    std::uint64_t number;  ///< of the record
    std::uint64_t serial;
    std::string request;  ///< as it came
  };
  const std::vector<Answered>& answered() const { return answered_; }

  /// The highest counter of a CA's key on record.
  struct LastCounter {
    std::uint32_t counter;
    std::uint64_t number;  ///< of the record
    std::string file;
  };
  /// Nothing if no record is by this CA, or if it is not a security key.
  std::optional<LastCounter> last_counter(const ssh::PublicKey& ca) const;

  /// Add a record for each, in one write; they are on the disk when this returns the number of the last. If
  /// this fails, none is there: release nothing.
  /// @param searches go with the first, as does @param begin, see CountedUse::begin
  /// @errors kUnreachable · kBadInput (texts, see check_context(); no room for all of them)
  Result<std::uint64_t> add(std::span<const ssh::Certificate> certificates, const IssueContext& context,
                            std::vector<ssh::Signature> searches,
                            std::optional<std::uint32_t> begin = std::nullopt);

  /// The same for what was signed and not released. @errors as add()
  Result<std::uint64_t> add_uses(std::vector<CountedUse> uses);

 private:
  explicit Ledger(io::AppendFile file) : file_(std::move(file)) {}

  Result<> begin();
  Result<std::uint64_t> append(std::vector<Record> records);
  void learn(const std::string& file, const Record& record);
  Result<> load();
  Result<> load_chain(std::string_view text);
  Result<> move_torn_aside(std::string_view torn, std::size_t whole);
  Result<> write(std::string_view text);

  io::AppendFile file_;
  std::size_t size_ = 0;       ///< bytes of the file
  std::uint64_t records_ = 0;  ///< in the chain
  std::string head_;
  std::uint64_t last_serial_ = 0;
  std::vector<Answered> answered_;
  std::map<Bytes, LastCounter> counters_;  ///< by the CA's public key
};

}  // namespace halligan::ledger
