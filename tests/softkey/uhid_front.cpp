#include "softkey/uhid_front.hpp"

#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

namespace halligan::softkey {
namespace {

constexpr const char* kUhid = "/dev/uhid";
constexpr std::uint32_t kVendor = 0x1209;  // pid.codes, whose ids are for open hardware
constexpr std::uint32_t kProduct = 0xaaaa;
constexpr std::chrono::seconds kNodeWait{5};
constexpr int kLookMs = 5;

// CTAP 2.1, 11.2.8.1: usage page F1D0, one input and one output report of 64 bytes, without report ids.
constexpr std::array<std::uint8_t, 34> kReportDescriptor{
    0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
    0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0};

Error uhid_error(std::string_view what, int error) {
  Error failure = errno_error(Code::kUnreachable, what, error);
  if (error == ENOENT) failure.hint = "load the kernel's module: modprobe uhid";
  if (error == EACCES || error == EPERM) failure.hint = "run softkey as root";
  return failure;
}

template <std::size_t N>
bool fill(std::uint8_t (&field)[N], const std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || text.size() >= N) return false;
  std::copy(text.begin(), text.end(), field);
  return true;
}

Result<> write_event(int fd, const uhid_event& event) {
  if (::write(fd, &event, sizeof event) == static_cast<ssize_t>(sizeof event)) return {};
  return fail(uhid_error("write to /dev/uhid", errno));
}

/// The kernel asks for feature reports where a client does; a security key has none.
void refuse_feature(int fd, const uhid_event& request) {
  uhid_event answer{};
  if (request.type == UHID_GET_REPORT) {
    answer.type = UHID_GET_REPORT_REPLY;
    answer.u.get_report_reply.id = request.u.get_report.id;
    answer.u.get_report_reply.err = EIO;
  } else {
    answer.type = UHID_SET_REPORT_REPLY;
    answer.u.set_report_reply.id = request.u.set_report.id;
    answer.u.set_report_reply.err = EIO;
  }
  (void)write_event(fd, answer);  // an unanswered request fails too, only later
}

std::optional<Report> report_of(const uhid_output_req& output) {
  // hidraw hands on what the client wrote: report id 0, then the report.
  if (output.rtype != UHID_OUTPUT_REPORT || output.size != kReportSize + 1 || output.data[0] != 0)
    return std::nullopt;
  Report report{};
  std::copy_n(output.data + 1, report.size(), report.begin());
  return report;
}

}  // namespace

std::optional<std::string> node_of(const std::filesystem::path& hidraw, const std::string& phys) {
  std::error_code none;  // no such folder: no device
  for (const auto& entry : std::filesystem::directory_iterator(hidraw, none)) {
    std::ifstream uevent(entry.path() / "device" / "uevent");
    for (std::string line; std::getline(uevent, line);) {
      if (line == "HID_PHYS=" + phys) return "/dev/" + entry.path().filename().string();
    }
  }
  return std::nullopt;
}

Result<UhidFront> UhidFront::plug_in(const UhidIdentity& identity) {
  const std::string phys = "softkey/" + std::to_string(::getpid());
  uhid_event create{};
  create.type = UHID_CREATE2;
  uhid_create2_req& device = create.u.create2;
  if (identity.name.empty() || !fill(device.name, identity.name))
    return fail(Code::kUsage, "--uhid: a device's name has 1 to 127 printable characters");
  if (!fill(device.uniq, identity.serial))
    return fail(Code::kUsage, "--serial: a device's serial number has at most 63 printable characters");
  fill(device.phys, phys);
  device.rd_size = kReportDescriptor.size();
  device.bus = BUS_USB;
  device.vendor = kVendor;
  device.product = kProduct;
  std::copy(kReportDescriptor.begin(), kReportDescriptor.end(), device.rd_data);

  const int fd = ::open(kUhid, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(uhid_error(std::string("open ") + kUhid, errno));
  UhidFront front(fd);
  HALLIGAN_CHECK(write_event(fd, create));
  HALLIGAN_CHECK(front.wait_for_node(phys));
  return front;
}

UhidFront::~UhidFront() {
  if (fd_ >= 0) ::close(fd_);
}

/// The kernel makes the device in the background, and says START before the node is there.
Result<> UhidFront::wait_for_node(const std::string& phys) {
  const auto end = std::chrono::steady_clock::now() + kNodeWait;
  while (std::chrono::steady_clock::now() < end) {
    const auto node = node_of("/sys/class/hidraw", phys);
    if (node && ::access(node->c_str(), F_OK) == 0) {
      node_ = *node;
      return {};
    }
    HALLIGAN_CHECK(receive(0, [](const Report&) {}));  // START and the like: nobody was told of a node yet
    ::poll(nullptr, 0, kLookMs);
  }
  return fail(Code::kUnreachable, "the kernel made no hidraw node for the token",
              "load the kernel's module: modprobe hid-generic");
}

Result<> UhidFront::receive(std::int64_t /*now_ms*/, const std::function<void(const Report&)>& report) {
  uhid_event event{};
  if (::read(fd_, &event, sizeof event) < 0) {
    if (errno == EAGAIN || errno == EINTR) return {};
    return fail(uhid_error("read from /dev/uhid", errno));
  }
  if (event.type == UHID_GET_REPORT || event.type == UHID_SET_REPORT) refuse_feature(fd_, event);
  if (event.type != UHID_OUTPUT) return {};
  if (const auto one = report_of(event.u.output)) report(*one);
  return {};
}

void UhidFront::send(const Report& report) {
  uhid_event event{};
  event.type = UHID_INPUT2;
  event.u.input2.size = kReportSize;
  std::copy(report.begin(), report.end(), event.u.input2.data);
  (void)write_event(fd_, event);  // nobody has the node open: then nobody misses it
}

}  // namespace halligan::softkey
