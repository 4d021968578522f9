#include "base/folder.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace halligan;

TEST_CASE("a folder is listed, or an error says why not") {
  std::string top = "/tmp/halligan-folder.XXXXXX";
  REQUIRE(::mkdtemp(top.data()) != nullptr);
  CHECK(names_in(top).value().empty());
  for (const char* name : {"b", "a", ".hidden", "with blank"}) std::ofstream(top + "/" + name) << "x";
  std::filesystem::create_directory(top + "/inside");
  CHECK(names_in(top).value() == std::vector<std::string>{".hidden", "a", "b", "inside", "with blank"});
  const auto missing = names_in(top + "/none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message == "cannot list " + top + "/none: No such file or directory");
  CHECK(names_in(top + "/a").error().code == Code::kNotFound);
  CHECK(names_in(top + "/" + std::string(300, 'n')).error().code == Code::kUnreachable);
  std::filesystem::remove_all(top);
}
