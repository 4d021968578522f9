#include "fido/transport/worker.hpp"

#include <dlfcn.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace halligan::fido {
namespace {

constexpr std::chrono::milliseconds kFarewell{500};

const int kPartOfThisLibrary = 0;

// OpenSSH unloads the provider after a call, which would crash a thread that still runs in here.
void stay_loaded() {
  Dl_info here{};
  if (::dladdr(&kPartOfThisLibrary, &here) == 0 || here.dli_fname == nullptr) return;
  (void)::dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

// Signals go to the thread that talks to the person.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct Worker::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> job;
  bool running = false;
  bool ending = false;
  std::thread thread;
};

Worker::Worker() : shared_(std::make_shared<Shared>()) {
  const SignalsBlocked for_the_new_thread;
  shared_->thread = std::thread([shared = shared_] { run(shared); });
}

Worker::~Worker() {
  const bool idle = wait(kFarewell);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
  }
  shared_->changed.notify_all();
  if (idle) {
    shared_->thread.join();
    return;
  }
  stay_loaded();
  shared_->thread.detach();
}

void Worker::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->ending || shared->job; });
    if (!shared->job) return;
    auto job = std::exchange(shared->job, nullptr);
    lock.unlock();
    job();
    job = nullptr;  // destroying what it owned may take time, too
    lock.lock();
    shared->running = false;
    shared->changed.notify_all();
  }
}

void Worker::start(std::function<void()> job) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->job = std::move(job);
    shared_->running = true;
  }
  shared_->changed.notify_all();
}

bool Worker::wait(std::chrono::milliseconds longest) {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, longest, [&] { return !shared_->running; });
}

}  // namespace halligan::fido
