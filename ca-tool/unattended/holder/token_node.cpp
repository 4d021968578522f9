#include "unattended/holder/token_node.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/codec.hpp"
#include "fido/discovery/settings.hpp"
#include "io/descriptor.hpp"

namespace halligan::unattended {

Result<TokenNode> TokenNode::open(const std::string& path) {
  if (fido::reader_of(path))
    return fail(Code::kUnsupported, "a PIN is held for tokens only, not for the card " + printable(path),
                "unlock it without --hold-pin");
  std::error_code error;
  std::string real = std::filesystem::canonical(path, error).native();
  if (error) return io::path_failure(path, error.value());
  // O_NOCTTY: the holder leads a session without a terminal, and must not get a pseudo-terminal for one.
  Descriptor fd = io::open_file(real, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return io::path_failure(real, errno);
  if (!S_ISCHR(status.st_mode)) return fail(Code::kUnsupported, printable(real) + " is not a device");
  return TokenNode(std::move(fd), std::move(real), status.st_rdev);
}

bool TokenNode::is_there() const {
  pollfd hung_up{fd_.get(), 0, 0};
  struct stat status {};
  return ::poll(&hung_up, 1, 0) == 0 && ::stat(path_.c_str(), &status) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == device_;
}

}  // namespace halligan::unattended
