// Owners for C handles, for both shapes of release function: free(p) and free(&p).
#pragma once

#include <memory>

namespace halligan {

template <auto Release>
struct ReleaseByValue {
  template <typename T>
  void operator()(T* handle) const {
    Release(handle);
  }
};

template <auto Release>
struct ReleaseByAddress {
  template <typename T>
  void operator()(T* handle) const {
    Release(&handle);
  }
};

template <typename T, auto Release>
using Handle = std::unique_ptr<T, ReleaseByValue<Release>>;

template <typename T, auto Release>
using HandleByAddress = std::unique_ptr<T, ReleaseByAddress<Release>>;

}  // namespace halligan
