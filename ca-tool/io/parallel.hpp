// Work divided among the machine's processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace halligan::io {

inline constexpr std::size_t kLinesForThreads = 16;  // fewer are done before a thread has started

/// As many as there are processors, 1..8.
inline std::size_t worker_count() {
  constexpr std::size_t kMostWorkers = 8;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostWorkers);
}

/// The same, but 1 for less than kLinesForThreads lines.
inline std::size_t worker_count_for(std::size_t lines) {
  return lines < kLinesForThreads ? 1 : worker_count();
}

/// Call work(worker, index) for each index below `count`, in as many threads as there are workers, the
/// calling one among them, and return when all is done. What belongs to a worker is used by one thread at a
/// time. Fewer threads do where the system has no more. What `work` throws first, this throws at the end.
template <typename Work>
void in_parallel(std::size_t workers, std::size_t count, Work work) {
  std::atomic<std::size_t> next = 0;
  std::atomic_flag failed;
  std::exception_ptr thrown;
  const auto run = [&](std::size_t worker) {
    try {
      for (std::size_t index = next++; index < count; index = next++) work(worker, index);
    } catch (...) {
      if (!failed.test_and_set()) thrown = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t worker = 1; worker < std::min(workers, count); ++worker)
        helpers.emplace_back(run, worker);
    } catch (const std::system_error&) {  // EAGAIN: too many threads
    }
    run(0);
  }
  if (thrown) std::rethrow_exception(thrown);
}

/// The same for work(index) that can fail: the error of the first index that had one, whichever came first.
template <typename Work>
Result<> try_in_parallel(std::size_t count, Work work) {
  std::vector<Result<>> done(count);
  in_parallel(worker_count(), count, [&](std::size_t, std::size_t index) { done[index] = work(index); });
  for (auto& each : done) HALLIGAN_CHECK(std::move(each));
  return {};
}

}  // namespace halligan::io
