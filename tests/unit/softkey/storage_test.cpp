#include "softkey/storage.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "fake_env.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "softkey-unit-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path path() const { return path_ / "state"; }

 private:
  std::filesystem::path path_;
};

State full_state(FakeEnv& env) {
  State state = new_state(env);
  state.counter = 0x01020304;
  state.created = 9;
  state.pin_retries = 3;
  state.uv_retries = 2;
  REQUIRE(state.pin_hash.append(Bytes(16, 0x77)));
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEdDsa}) {
    Credential credential;
    credential.id = Bytes(32, 1);
    credential.algorithm = algorithm;
    REQUIRE(credential.key.append(Bytes(32, 2)));
    credential.protection = 3;
    credential.rp_id = "ssh:x";
    credential.user = {Bytes{1, 2}, "name", std::nullopt};
    if (algorithm == Algorithm::kEdDsa) credential.user = {Bytes{3}, std::nullopt, "display"};
    credential.created = 8;
    state.residents.push_back(std::move(credential));
  }
  return state;
}

}  // namespace

TEST_CASE("a state survives encoding") {
  FakeEnv env;
  const State state = full_state(env);
  const auto encoded = encode(state);
  REQUIRE(encoded);
  const State back = decode_state(encoded->view()).value();
  CHECK(same(encode(back)->view(), encoded->view()));
  CHECK(back.counter == state.counter);
  CHECK(back.has_pin());
  CHECK(back.residents.at(1).user.display_name == "display");
  CHECK_FALSE(back.residents.at(1).user.name);
  CHECK(back.residents.at(0).rp_id_hash == sha256({as_bytes("ssh:x")}));
}

TEST_CASE("a damaged state is refused, whatever the damage") {
  FakeEnv env;
  const Bytes whole = to_bytes(encode(full_state(env))->view());
  for (std::size_t size = 0; size < whole.size(); ++size)
    REQUIRE_FALSE(decode_state(ByteView(whole).first(size)));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 1;
    REQUIRE_FALSE(decode_state(damaged));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_FALSE(decode_state(longer));
}

TEST_CASE("a body that the digest vouches for is still read with care") {
  FakeEnv env;
  const Bytes whole = to_bytes(encode(full_state(env))->view());
  const std::size_t head = whole.size() - (whole.size() - 25 - 32);
  std::size_t refused = 0;
  for (std::size_t cut = head; cut < whole.size(); ++cut) {
    Bytes body(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    const Digest digest = sha256({ByteView(body).subspan(head)});
    std::copy(digest.begin(), digest.end(), body.begin() + 25);
    REQUIRE_FALSE(decode_state(body));
    ++refused;
  }
  CHECK(refused > 500);
}

TEST_CASE("storage gives back what it was given, and only to one") {
  const TemporaryFolder folder;
  auto storage = Storage::open(folder.path());
  REQUIRE(storage);
  CHECK_FALSE(storage->load().value());
  REQUIRE(storage->save(as_bytes("first")));
  REQUIRE(storage->save(as_bytes("second")));
  CHECK(as_text(storage->load().value()->view()) == "second");
  const auto second = Storage::open(folder.path());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kUnreachable);
  CHECK(second.error().message == folder.path().string() + " is in use by another softkey");
}

TEST_CASE("a state larger than any is refused") {
  const TemporaryFolder folder;
  auto storage = Storage::open(folder.path()).value();
  std::ofstream(folder.path() / "state") << std::string(StateBytes::kCapacity + 1, 'x');
  CHECK(storage.load().error().message == "state is too large");
}

TEST_CASE("a power cut at any step leaves the old state or the new one, whole") {
  const std::string old_state(5000, 'o');
  const std::string new_state(7000, 'n');
  struct Row {
    const char* step;
    bool is_new;
  };
  const auto row = GENERATE(values<Row>({{"open", false},
                                         {"write first half", false},
                                         {"write second half", false},
                                         {"sync file", false},
                                         {"rename", false},
                                         {"sync folder", true},
                                         {"done", true}}));
  const TemporaryFolder folder;
  {
    auto storage = Storage::open(folder.path()).value();
    REQUIRE(storage.save(as_bytes(old_state)));
  }
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto storage = Storage::open(folder.path());
    if (!storage) ::_exit(1);
    const auto saved = storage->save(as_bytes(new_state), [&row](std::string_view step) {
      if (step == row.step) ::raise(SIGKILL);
    });
    ::_exit(saved ? 2 : 3);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));                         // the step was reached
  auto storage = Storage::open(folder.path()).value();  // and the lock went with the process
  CHECK(as_text(storage.load().value()->view()) == (row.is_new ? new_state : old_state));
  REQUIRE(storage.save(as_bytes("after")));
  CHECK(as_text(storage.load().value()->view()) == "after");
}
