# The compiler, its warnings and its sanitizers.
option(K2_FUZZ "Build the libFuzzer targets" OFF)
option(K2_COVERAGE "Programs count which of their lines ran" OFF)
set(K2_SANITIZE "" CACHE STRING "Value for -fsanitize=")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} silently miscompiles coroutines (double free of temporaries "
    "inside co_await expressions). Use clang++-19 (apt-get install clang-19; the presets do) "
    "or g++ 13 or newer.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "clang++ 16 or newer is needed; the presets use clang++-19.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(K2_CCACHE ccache)
if(K2_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A fresh clone in another folder hits the same cache. That is why nothing is precompiled: such a
  # file differs from folder to folder, and whatever is compiled with it misses.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${CMAKE_SOURCE_DIR};CCACHE_NOHASHDIR=1"
    "CCACHE_SLOPPINESS=time_macros;${K2_CCACHE}")
endif()

add_library(k2_options INTERFACE)
target_compile_options(k2_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Wunused -Woverloaded-virtual -Wconversion -Wsign-conversion -Wdouble-promotion -Wformat=2
  -Wimplicit-fallthrough -Wextra-semi -fno-omit-frame-pointer)
target_include_directories(k2_options INTERFACE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(k2_options INTERFACE -fuse-ld=lld)
endif()
if(K2_SANITIZE)
  target_compile_options(k2_options INTERFACE
    -fsanitize=${K2_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(k2_options INTERFACE -fsanitize=${K2_SANITIZE})
  target_compile_definitions(k2_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(NOT K2_SANITIZE)
  # A bug in memory must be of little use: addresses of the program are drawn at each start, its
  # tables of functions are read-only, and returns, jumps and copies of known size are checked.
  # tests/hardening inspects the program for it. The compiler's part is for the program that users
  # run only.
  target_link_options(k2_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  target_compile_options(k2_options INTERFACE "$<$<CONFIG:Release>:-fstack-protector-strong>"
    "$<$<CONFIG:Release>:-fstack-clash-protection>" "$<$<CONFIG:Release>:-fcf-protection=full>"
    "$<$<CONFIG:Release>:-U_FORTIFY_SOURCE>" "$<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>")
endif()
if(K2_FUZZ)
  target_compile_options(k2_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(K2_COVERAGE)
  # Coverage is written only to the path in LLVM_PROFILE_FILE. Names are relative, or a clone
  # elsewhere would miss the compiler cache.
  target_compile_options(k2_options INTERFACE
    -fprofile-instr-generate=/dev/null -fcoverage-mapping -fcoverage-compilation-dir=.)
  target_link_options(k2_options INTERFACE -fprofile-instr-generate)
endif()
