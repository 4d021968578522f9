# The few shapes a target can have here.

# A unity build compiles the rooms of one line together, because the standard library's headers and templates take most of
# the time; in other builds each room is a library. Helpers of two rooms may have one name: a room has its own namespace.
set(HALLIGAN_TOGETHER
  "provider base ctap fido pin_holder"
  "ground command ssh crypto io ui"
  "rooms ca token request ledger revoke handoff issue inspect unattended doctor")

# halligan_layer(NAME SOURCES a.cpp b.cpp [ALONE c.cpp] LINK x y): one folder, one static library called halligan_NAME,
# whose headers are included as "NAME/a.hpp". ALONE are those of the sources that a unity build keeps as objects of their
# own.
function(halligan_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;ALONE;LINK" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  list(TRANSFORM arg_ALONE PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set(library halligan_${name})
  set(together ${HALLIGAN_TOGETHER})
  list(FILTER together INCLUDE REGEX " ${name}( |$)")
  if(CMAKE_UNITY_BUILD AND together)
    string(REPLACE " " ";" rooms "${together}")
    list(POP_FRONT rooms unit)
    set(library halligan_unit_${unit})
    list(TRANSFORM rooms PREPEND halligan_)
    list(REMOVE_ITEM arg_LINK ${rooms})
    add_library(halligan_${name} INTERFACE)
    target_link_libraries(halligan_${name} INTERFACE ${library})
  endif()
  if(NOT TARGET ${library})
    add_library(${library} STATIC)
  endif()
  target_sources(${library} PRIVATE ${arg_SOURCES})
  set_source_files_properties(${arg_ALONE} TARGET_DIRECTORY ${library} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${library} PUBLIC ${arg_LINK})
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH house)
  target_include_directories(${library} PUBLIC "${house}")
endfunction()

# halligan_program(NAME): a program of tests that the fuzz preset's are not among: there it is built when asked for by name.
function(halligan_program name)
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL "${HALLIGAN_FUZZ}")
endfunction()

# halligan_unit_test(NAME SOURCES a.cpp [ALONE a.cpp] LINK x): a Catch2 program, one ctest entry.
function(halligan_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;ALONE;LINK" ${ARGN})
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  string(REPLACE "." "_" target "test_${name}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE Catch2::Catch2WithMain ${arg_LINK})
  if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
    target_include_directories(${target} BEFORE PRIVATE "${CMAKE_SOURCE_DIR}/tests/unit/catch2-3")
  endif()
  if(HALLIGAN_SANITIZE)
    # What is looked for is undefined behaviour of the layer, not of Catch2's macros, which cost half of the build.
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined $<$<BOOL:${HALLIGAN_FUZZ}>:-fno-sanitize=fuzzer-no-link>)
  endif()
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()

# halligan_fuzz_target(NAME SOURCES fuzz_x.cpp LINK x): under the fuzz preset a libFuzzer program, elsewhere one that
# replays files; in both the committed corpus tests/fuzz/corpus/NAME is replayed by ctest.
function(halligan_fuzz_target name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(fuzz_${name} ${arg_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK})
  set(corpus "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}")
  if(HALLIGAN_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} -runs=0 -rss_limit_mb=1024 ${corpus})
  else()
    target_sources(fuzz_${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${corpus})
  endif()
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 600 LABELS fuzz)
endfunction()

# halligan_script_test(NAME SCRIPT): a Python program that drives real programs; it finds the build by HALLIGAN_BUILD.
function(halligan_script_test name script)
  add_test(NAME ${name} COMMAND /usr/bin/python3 -B "${CMAKE_CURRENT_SOURCE_DIR}/${script}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 900
    ENVIRONMENT "HALLIGAN_BUILD=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/tests")
endfunction()
