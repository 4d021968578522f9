// Catch2 3, which Debian 13 has, under the names of Catch2 2's only header.
#pragma once

#include <catch2/catch_all.hpp>
#include <string>

namespace Catch {

inline auto Contains(const std::string& part) { return Matchers::ContainsSubstring(part); }
using Matchers::EndsWith;
using Matchers::StartsWith;

}  // namespace Catch
