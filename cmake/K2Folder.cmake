# k2_folder(NAME DEPS ... LIBS ...): the folder's *.cpp become library k2_NAME, its *_test.cpp
# the test program NAME_test. New files are picked up by themselves, so none can be forgotten.
# A main.cpp is left to the folder's own add_executable, so that tests can link the rest.
function(k2_folder name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_LIBS;LABELS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(TRANSFORM ARG_DEPS PREPEND "k2_")
  if(sources)
    add_library(k2_${name} STATIC ${sources})
    target_link_libraries(k2_${name} PUBLIC k2_options ${ARG_DEPS} ${ARG_LIBS})
  else()
    add_library(k2_${name} INTERFACE)
    target_link_libraries(k2_${name} INTERFACE k2_options ${ARG_DEPS} ${ARG_LIBS})
  endif()
  if(tests)
    k2_test(${name}_test SOURCES ${tests} DEPS ${name} LIBS ${ARG_TEST_LIBS} LABELS ${ARG_LABELS})
  endif()
endfunction()

# A sanitizer's build holds what its own tests need and nothing else; `./dev test` builds these two.
# They are the gtest programs, for ThreadSanitizer those with the label threads, and the programs
# that tests with the label asan or tsan start.
add_custom_target(asan_tests)
add_custom_target(tsan_tests)

# k2_test(NAME SOURCES ... DEPS ... LIBS ... LABELS ...): one gtest program, each case a ctest.
function(k2_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND "k2_")
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  add_dependencies(asan_tests ${name})
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(tsan_tests ${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()

# k2_fuzz(NAME SOURCE DEPS ...): a libFuzzer target of the fuzz preset. With AddressSanitizer it is
# a test instead, fuzz.NAME, which runs the target over its corpus; elsewhere it does nothing.
function(k2_fuzz name source)
  if(NOT K2_FUZZ AND NOT K2_SANITIZE MATCHES "address")
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND "k2_")
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  if(K2_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_sources(${name} PRIVATE corpus_main.cpp)
  add_dependencies(asan_tests ${name})
  add_test(NAME fuzz.${name} COMMAND ${name} "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  set_tests_properties(fuzz.${name} PROPERTIES LABELS asan TIMEOUT 300)
endfunction()
