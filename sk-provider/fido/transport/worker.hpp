// A thread for calls that may never return: PC/SC has no timeouts, and its daemon may hang.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace halligan::fido {

class Worker {
 public:
  Worker();
  /// Waits briefly for a running job, then abandons it: the thread stays, and the code that it runs stays
  /// loaded.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Start a job while none is running. It must own what it uses: its starter may be gone when it ends.
  void start(std::function<void()> job);
  /// True when no job is running; what the last one wrote can then be read.
  bool wait(std::chrono::milliseconds longest);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace halligan::fido
