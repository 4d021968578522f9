#include "ledger/chain.hpp"

namespace halligan::ledger {
namespace {

std::string missing(std::uint64_t first, std::uint64_t end) {
  if (first + 1 == end) return record_name(first) + " is missing";
  return "records " + std::to_string(first) + " to " + std::to_string(end - 1) + " are missing";
}

class ChainCheck {
 public:
  void look(const Entry& entry) {
    if (!entry.record) {
      add(FindingCode::kRecordMalformed, record_name(expected_) + ": " + entry.error->message);
      ++expected_;
    } else {
      const Record& record = *entry.record;
      const std::string here = record_name(record.number) + ": ";
      order(record, here);
      binding(record, here);
      serial(record, here);
      expected_ = record.number + 1;
    }
    before_ = &entry;
  }

  std::vector<LedgerFinding> take() && { return std::move(faults_); }

 private:
  void order(const Record& record, const std::string& here) {
    in_order_ = record.number == expected_;
    if (in_order_) return;
    add(FindingCode::kChainOrder,
        here + (record.number > expected_ ? missing(expected_, record.number) + " before it"
                                          : "found where " + record_name(expected_) + " was expected"));
  }

  void binding(const Record& record, const std::string& here) {
    if (before_ == nullptr) {
      if (record.start() == nullptr) {
        add(FindingCode::kChainStart, here + "the chain does not begin with its start record");
      } else if (!record.previous.empty()) {
        add(FindingCode::kChainStart, here + "the start record has a prev");
      }
      return;
    }
    if (record.previous == before_->hash) return;
    // A damaged record before it, or a wrong place, has been reported already.
    if (!in_order_ || !before_->record) return;
    add(FindingCode::kChainBroken, here + "prev does not match " + record_name(before_->record->number));
  }

  void serial(const Record& record, const std::string& here) {
    if (record.issued() == nullptr) return;
    const auto serial_of = [](const Record& each) { return each.issued()->certificate.body.serial; };
    if (issued_before_ != nullptr && serial_of(record) <= serial_of(*issued_before_)) {
      add(FindingCode::kSerialOrder, here + "serial " + std::to_string(serial_of(record)) + " is not above " +
                                         std::to_string(serial_of(*issued_before_)) + " of " +
                                         record_name(issued_before_->number));
    }
    issued_before_ = &record;
  }

  void add(FindingKind kind, std::string text) { faults_.push_back({kind, std::move(text)}); }

  std::vector<LedgerFinding> faults_;
  const Entry* before_ = nullptr;
  const Record* issued_before_ = nullptr;
  std::uint64_t expected_ = 0;
  bool in_order_ = true;
};

}  // namespace

std::string record_name(std::uint64_t number) { return "record " + std::to_string(number); }

std::vector<LedgerFinding> chain_faults(const Chain& chain) {
  ChainCheck check;
  for (const Entry& entry : chain.entries) check.look(entry);
  return std::move(check).take();
}

}  // namespace halligan::ledger
