// Catch2 3, which Debian 13 has, under the name of Catch2 2's only header.
#pragma once

#include <catch2/catch_all.hpp>
