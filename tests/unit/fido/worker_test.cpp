#include "fido/transport/worker.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <memory>

using namespace halligan::fido;
using std::chrono::milliseconds;

TEST_CASE("a worker does one job after the other", "[worker]") {
  Worker worker;
  CHECK(worker.wait(milliseconds(0)));
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    worker.start([&] { ++done; });
    REQUIRE(worker.wait(milliseconds(5000)));
  }
  CHECK(done == 3);
}

TEST_CASE("a job that does not end is left behind, and nobody waits for it", "[worker]") {
  // What the job uses is its own, so that it may go on when the worker and its owner are gone.
  const auto stuck = std::make_shared<std::promise<void>>();
  std::promise<void> ended;
  auto end = ended.get_future();
  {
    Worker worker;
    worker.start([stuck, ended = std::make_shared<std::promise<void>>(std::move(ended))] {
      stuck->get_future().wait();
      ended->set_value();
    });
    CHECK_FALSE(worker.wait(milliseconds(1)));
  }
  stuck->set_value();
  CHECK(end.wait_for(milliseconds(5000)) == std::future_status::ready);
}

TEST_CASE("what a job owned is gone when it is done", "[worker]") {
  Worker worker;
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = owned;
  worker.start([owned = std::move(owned)]() mutable { owned.reset(); });
  REQUIRE(worker.wait(milliseconds(5000)));
  CHECK(seen.expired());
}
