// A thread for calls that may never return: PC/SC has no time-outs, and its daemon may be stuck.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace halligan::fido {

class Worker {
 public:
  Worker();
  /// Waits a moment for what still runs, then leaves it behind: the thread stays, and with it the code that
  /// it runs.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Begin a job. It must own what it touches: whoever began it may be gone when it ends. Nothing else may be
  /// running.
  void start(std::function<void()> job);
  /// True when nothing is running (any more); what the job wrote can then be read.
  bool wait(std::chrono::milliseconds longest);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace halligan::fido
