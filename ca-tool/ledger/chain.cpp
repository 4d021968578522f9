#include "ledger/chain.hpp"

namespace halligan::ledger {
namespace {

std::string missing(std::uint64_t first, std::uint64_t behind) {
  if (first + 1 == behind) return record_name(first) + " is missing";
  return "records " + std::to_string(first) + " to " + std::to_string(behind - 1) + " are missing";
}

class ChainCheck {
 public:
  void look(const Entry& entry, std::size_t index) {
    if (!entry.record) {
      add("record-malformed", record_name(expected_) + ": " + entry.error->message);
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
      add("chain-order", here + missing(expected_, record.number) + " before it");
    } else {
      add("chain-order", here + "stands where record " + std::to_string(expected_) + " belongs");
    }
  }

  void binding(const Record& record, std::size_t index) {
    if (index == 0) {
      if (record.start() == nullptr) {
        add("chain-start", record_name(record.number) + ": the chain does not begin with its start");
      } else if (!record.previous.empty()) {
        add("chain-start", record_name(record.number) + ": the start of the chain names a record before it");
      }
      return;
    }
    if (record.previous == before_->hash) return;
    // A damaged record before it, or a wrong place, has been said already.
    if (!in_order_ || !before_->record) return;
    const std::string before = std::to_string(before_->record->number);
    add("chain-broken", record_name(record.number) + ": was written behind another record " + before +
                            " than the one that stands there");
  }

  void serial(const Record& record) {
    const Issued* issued = record.issued();
    if (issued == nullptr) return;
    const std::uint64_t value = issued->certificate.body.serial;
    if (serial_ && value <= *serial_) {
      add("serial-order", record_name(record.number) + ": serial " + std::to_string(value) +
                              " does not rise above " + std::to_string(*serial_) + " in " +
                              record_name(serial_record_));
    }
    serial_ = value;
    serial_record_ = record.number;
  }

  void add(std::string code, std::string text) {
    faults_.push_back({true, std::move(code), std::move(text)});
  }

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
