#include "ledger/chain.hpp"

#include <optional>

namespace halligan::ledger {
namespace {

std::string missing(std::uint64_t first, std::uint64_t end) {
  if (first + 1 == end) return record_name(first) + " is missing";
  return "records " + std::to_string(first) + " to " + std::to_string(end - 1) + " are missing";
}

class ChainCheck {
 public:
  void look(const Entry& entry, std::size_t index) {
    if (!entry.record) {
      add(FindingCode::kRecordMalformed, record_name(expected_) + ": " + entry.error->message);
      before_ = &entry;
      ++expected_;
      return;
    }
    const Record& record = *entry.record;
    order(record);
    binding(record, index);
    serial(record);
    before_ = &entry;
    expected_ = record.number + 1;
  }

  std::vector<LedgerFinding> take() && { return std::move(faults_); }

 private:
  void order(const Record& record) {
    in_order_ = record.number == expected_;
    if (in_order_) return;
    const std::string here = record_name(record.number) + ": ";
    if (record.number > expected_) {
      add(FindingCode::kChainOrder, here + missing(expected_, record.number) + " before it");
    } else {
      add(FindingCode::kChainOrder,
          here + "found where record " + std::to_string(expected_) + " was expected");
    }
  }

  void binding(const Record& record, std::size_t index) {
    if (index == 0) {
      if (record.start() == nullptr) {
        add(FindingCode::kChainStart,
            record_name(record.number) + ": the chain does not begin with its start record");
      } else if (!record.previous.empty()) {
        add(FindingCode::kChainStart, record_name(record.number) + ": the start record has a prev");
      }
      return;
    }
    if (record.previous == before_->hash) return;
    // A damaged record before it, or a wrong place, has been reported already.
    if (!in_order_ || !before_->record) return;
    add(FindingCode::kChainBroken,
        record_name(record.number) + ": prev does not match " + record_name(before_->record->number));
  }

  void serial(const Record& record) {
    const Issued* issued = record.issued();
    if (issued == nullptr) return;
    const std::uint64_t value = issued->certificate.body.serial;
    if (serial_ && value <= *serial_) {
      add(FindingCode::kSerialOrder, record_name(record.number) + ": serial " + std::to_string(value) +
                                         " is not above " + std::to_string(*serial_) + " of " +
                                         record_name(serial_record_));
    }
    serial_ = value;
    serial_record_ = record.number;
  }

  void add(FindingCode code, std::string text) { faults_.push_back({code, std::move(text)}); }

  std::vector<LedgerFinding> faults_;
  const Entry* before_ = nullptr;
  std::uint64_t expected_ = 0;
  bool in_order_ = true;
  std::optional<std::uint64_t> serial_;
  std::uint64_t serial_record_ = 0;
};

}  // namespace

std::string record_name(std::uint64_t number) { return "record " + std::to_string(number); }

std::vector<LedgerFinding> chain_faults(const Chain& chain) {
  ChainCheck check;
  for (std::size_t i = 0; i < chain.entries.size(); ++i) check.look(chain.entries[i], i);
  return std::move(check).take();
}

}  // namespace halligan::ledger
