# The few shapes a target can have here.

# halligan_layer(NAME SOURCES a.cpp b.cpp LINK x y): one folder, one static library called halligan_NAME.
function(halligan_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(halligan_${name} STATIC ${arg_SOURCES})
  target_link_libraries(halligan_${name} PUBLIC ${arg_LINK})
endfunction()

# halligan_program(NAME): a program of tests that the fuzz preset's are not among: there it is built when asked for by name.
function(halligan_program name)
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL "${HALLIGAN_FUZZ}")
endfunction()

# halligan_unit_test(NAME SOURCES a.cpp LINK x): a Catch2 program, one ctest entry.
function(halligan_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  string(REPLACE "." "_" target "test_${name}")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE halligan_catch_main ${arg_LINK})
  if(HALLIGAN_SANITIZE)
    # What is looked for is undefined behaviour of the layer, not of Catch2's macros, which cost half of the build.
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined $<$<BOOL:${HALLIGAN_FUZZ}>:-fno-sanitize=fuzzer-no-link>)
  endif()
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
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
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()

# halligan_script_test(NAME SCRIPT): a Python program that drives real programs; it finds the build by HALLIGAN_BUILD.
function(halligan_script_test name script)
  add_test(NAME ${name} COMMAND /usr/bin/python3 -B "${CMAKE_CURRENT_SOURCE_DIR}/${script}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "HALLIGAN_BUILD=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/tests")
endfunction()
