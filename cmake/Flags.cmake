# One set of flags for everything: hardening is on, nothing is exported unless it says so. Warnings are errors where
# CMAKE_COMPILE_WARNING_AS_ERROR says so, as ./check does: who installs has a compiler that warns of something else.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

# The presets of ./check compile many sources at once (halligan_layer), which halves the time. So two files of one room must
# not have helpers of one name. `dev` and `clang` compile each file alone, which shows an include that is missing.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(HALLIGAN_CCACHE ccache)
if(HALLIGAN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${HALLIGAN_CCACHE}")
endif()

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wnon-virtual-dtor -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialized values inside tl::expected's union once it optimises; valgrind and the fuzzers look for real
  # ones.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
# Paths inside the project only: a build leaves no trace of the machine that made it.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
add_compile_options(-fstack-protector-strong)
check_cxx_compiler_flag(-fcf-protection HALLIGAN_HAS_CF_PROTECTION)  # x86 has it
if(HALLIGAN_HAS_CF_PROTECTION)
  add_compile_options(-fcf-protection)
endif()
check_cxx_compiler_flag(-fstack-clash-protection HALLIGAN_HAS_STACK_CLASH_PROTECTION)
if(HALLIGAN_HAS_STACK_CLASH_PROTECTION)
  add_compile_options(-fstack-clash-protection)
endif()
# An index beyond a container ends the program.
add_compile_definitions(_GNU_SOURCE _GLIBCXX_ASSERTIONS FMT_USE_CONSTEVAL=0)
add_link_options(-Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)

if(HALLIGAN_SANITIZE)
  # vptr needs RTTI of every class that it meets, and libfido2 and libstdc++ are not built with it.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-sanitize=vptr -fno-omit-frame-pointer)
  # Lines are what a report shows; variables would cost a tenth of the build.
  add_compile_options(-g1)
  add_compile_options(${sanitizers})
  add_link_options(${sanitizers})
  if(HALLIGAN_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    # Forty programs, each with the sanitizers' debug information: a quarter of the time that GNU ld takes.
    add_link_options(-fuse-ld=lld)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  # Distributions' own flags may have set another level.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
