// Work divided among the machine's processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace halligan::io {

/// As many as there are processors, 1..8.
inline std::size_t worker_count() {
  constexpr std::size_t kMostWorkers = 8;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostWorkers);
}

/// Call work(worker, index) for each index below `count`, in as many threads as there are workers, the
/// calling one among them, and return when all is done. What belongs to a worker is used by one thread at a
/// time.
/// @param work throws nothing
template <typename Work>
void in_parallel(std::size_t workers, std::size_t count, Work work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t worker) {
    for (std::size_t index = next++; index < count; index = next++) work(worker, index);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t worker = 1; worker < std::min(workers, count); ++worker) helpers.emplace_back(run, worker);
  run(0);
}

}  // namespace halligan::io
