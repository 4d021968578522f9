#include "fido/transport/pcsc.hpp"

#include <unistd.h>
#include <winscard.h>

#include <array>
#include <cerrno>

#include "ctap/apdu.hpp"

namespace halligan::fido {
namespace {

// pcscd writes this file when it starts and removes it when it ends.
constexpr const char* kPidFile = "/run/pcscd/pcscd.pid";

// PC/SC Workgroup part 10, 2.2; SCARD_CTL_CODE of pcsc-lite.
constexpr DWORD kGetFeatures = 0x42000000 + 3400;
constexpr std::uint32_t kLengthsOfTwoBytes = 65535;

struct Fault {
  LONG result;
  int error;
};

constexpr Fault kFaults[] = {
    {SCARD_S_SUCCESS, 0},
    {SCARD_E_NO_SERVICE, ECONNREFUSED},
    {SCARD_E_UNKNOWN_READER, ENOENT},
    {SCARD_E_NO_READERS_AVAILABLE, ENOENT},
    {SCARD_E_NO_SMARTCARD, ENOMEDIUM},
    {SCARD_E_SHARING_VIOLATION, EBUSY},
    {SCARD_W_SECURITY_VIOLATION, EACCES},  // polkit said no
    {SCARD_E_NO_ACCESS, EACCES},
    {SCARD_W_REMOVED_CARD, ENXIO},
    {SCARD_W_RESET_CARD, ENXIO},
    {SCARD_E_READER_UNAVAILABLE, ENXIO},
    {SCARD_E_SERVICE_STOPPED, ENXIO},
    {SCARD_F_COMM_ERROR, ENXIO},
    {SCARD_E_INVALID_HANDLE, ENXIO},
};

int errno_of(LONG result) {
  for (const Fault& fault : kFaults) {
    if (fault.result == result) return fault.error;
  }
  return EIO;
}

}  // namespace

// Not in the anonymous namespace: it is a member of Card::Handles.
class PcscService {
 public:
  PcscService() : result_(::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_)) {}
  ~PcscService() {
    if (result_ == SCARD_S_SUCCESS) ::SCardReleaseContext(context_);
  }
  PcscService(const PcscService&) = delete;
  PcscService& operator=(const PcscService&) = delete;

  SCARDCONTEXT get() const { return context_; }

  int readers(std::vector<std::string>& names) const {
    if (result_ != SCARD_S_SUCCESS) return errno_of(result_);
    DWORD size = 0;
    LONG result = ::SCardListReaders(context_, nullptr, nullptr, &size);
    std::string list(size, '\0');
    if (result == SCARD_S_SUCCESS) result = ::SCardListReaders(context_, nullptr, list.data(), &size);
    if (result != SCARD_S_SUCCESS) return errno_of(result);
    // Names, each terminated by NUL, then another NUL.
    for (std::size_t at = 0; at < list.size() && list[at] != '\0'; at += names.back().size() + 1)
      names.emplace_back(list.c_str() + at);
    return 0;
  }

 private:
  SCARDCONTEXT context_ = 0;
  LONG result_;
};

namespace {

int find_reader(const PcscService& service, std::string_view wanted, std::string& found) {
  std::vector<std::string> names;
  if (const int error = service.readers(names); error != 0) return error;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (name == wanted) {
      found = name;
      return 0;
    }
    if (!name.starts_with(wanted)) continue;
    found = name;
    ++count;
  }
  return count == 0 ? ENOENT : count == 1 ? 0 : ENOTUNIQ;
}

}  // namespace

bool pcscd_runs() { return ::access(kPidFile, F_OK) == 0; }

std::vector<std::string> readers_with_card() {
  const PcscService service;
  std::vector<std::string> names;
  if (service.readers(names) != 0) return {};
  std::vector<std::string> with_card;
  for (const std::string& name : names) {
    SCARD_READERSTATE state{};
    state.szReader = name.c_str();
    state.dwCurrentState = SCARD_STATE_UNAWARE;
    if (::SCardGetStatusChange(service.get(), 0, &state, 1) != SCARD_S_SUCCESS) continue;
    if ((state.dwEventState & SCARD_STATE_PRESENT) != 0 && (state.dwEventState & SCARD_STATE_MUTE) == 0)
      with_card.push_back(name);
  }
  return with_card;
}

struct Card::Handles {
  PcscService service;
  std::string reader;
  SCARDHANDLE card = 0;
  DWORD protocol = 0;
  bool connected = false;
  bool in_transaction = false;
};

Card::Card() = default;

Card::~Card() {
  if (!handles_ || !handles_->connected) return;
  if (handles_->in_transaction) ::SCardEndTransaction(handles_->card, SCARD_LEAVE_CARD);
  ::SCardDisconnect(handles_->card, SCARD_LEAVE_CARD);
}

int Card::find(const std::string& reader) {
  handles_ = std::make_unique<Handles>();
  return find_reader(handles_->service, reader, handles_->reader);
}

int Card::connect() {
  // T=1 carries any APDU; T=0 is for cards that support nothing else.
  LONG result = SCARD_S_SUCCESS;
  for (const DWORD protocol : {DWORD{SCARD_PROTOCOL_T1}, DWORD{SCARD_PROTOCOL_T0}}) {
    result = ::SCardConnect(handles_->service.get(), handles_->reader.c_str(), SCARD_SHARE_SHARED, protocol,
                            &handles_->card, &handles_->protocol);
    if (result != static_cast<LONG>(SCARD_E_PROTO_MISMATCH) &&
        result != static_cast<LONG>(SCARD_W_UNSUPPORTED_CARD))
      break;
  }
  // Before there is a connection, no card can disappear.
  const int error = errno_of(result);
  handles_->connected = error == 0;
  return error == ENXIO ? ENOMEDIUM : error;
}

int Card::begin_transaction() {
  LONG result = ::SCardBeginTransaction(handles_->card);
  if (result == static_cast<LONG>(SCARD_W_RESET_CARD)) {
    // Another program has reset it since: that is to be acknowledged, no more.
    result = ::SCardReconnect(handles_->card, SCARD_SHARE_SHARED, handles_->protocol, SCARD_LEAVE_CARD,
                              &handles_->protocol);
    if (result == SCARD_S_SUCCESS) result = ::SCardBeginTransaction(handles_->card);
  }
  if (result != SCARD_S_SUCCESS) return errno_of(result);
  handles_->in_transaction = true;
  extended_length_ = handles_->protocol == SCARD_PROTOCOL_T1 && ask_card() && ask_reader();
  return 0;
}

bool Card::ask_card() const {
  std::array<std::uint8_t, MAX_ATR_SIZE> atr{};
  DWORD size = atr.size();
  DWORD state = 0;
  DWORD protocol = 0;
  if (::SCardStatus(handles_->card, nullptr, nullptr, &state, &protocol, atr.data(), &size) !=
      SCARD_S_SUCCESS)
    return false;
  return ctap::takes_extended_length(ByteView(atr).first(size));
}

bool Card::ask_reader() const {
  std::array<std::uint8_t, 256> answer{};
  DWORD size = 0;
  if (::SCardControl(handles_->card, kGetFeatures, nullptr, 0, answer.data(), answer.size(), &size) !=
      SCARD_S_SUCCESS)
    return false;
  const std::uint32_t code = ctap::properties_code(ByteView(answer).first(size));
  if (code == 0) return false;
  if (::SCardControl(handles_->card, code, nullptr, 0, answer.data(), answer.size(), &size) !=
      SCARD_S_SUCCESS)
    return false;
  return ctap::largest_apdu_data(ByteView(answer).first(size)) >= kLengthsOfTwoBytes;
}

int Card::transmit(ByteView apdu, Bytes& response) {
  SCARD_IO_REQUEST request{handles_->protocol, sizeof(SCARD_IO_REQUEST)};
  response.resize(MAX_BUFFER_SIZE_EXTENDED);
  DWORD size = response.size();
  const LONG result =
      ::SCardTransmit(handles_->card, &request, apdu.data(), apdu.size(), nullptr, response.data(), &size);
  // During a transaction any failure ends it, whatever the driver calls it.
  if (result != SCARD_S_SUCCESS) return ENXIO;
  response.resize(size);
  // A reader's driver may report a missing response as an empty one.
  return size == 0 ? ENXIO : 0;
}

}  // namespace halligan::fido
