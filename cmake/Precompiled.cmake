# With EKACI_PRECOMPILE_HEADERS, what most sources include is parsed once for all of them: the standard library and fmt for a room's
# sources, the test frameworks as well for its tests. Half of a test's compile time goes there.
#
# The dev preset leaves it off, so that a source which forgets an #include does not compile there, and clang-tidy reads what is written.
option(EKACI_PRECOMPILE_HEADERS "parse common headers once for all sources" OFF)

set(EKACI_COMMON_HEADERS
    <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <utility>
    <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
set(EKACI_TEST_HEADERS <gtest/gtest.h> <gmock/gmock.h> <rapidcheck.h> <rapidcheck/gtest.h> <fstream>)

# A target of its own compiles each set of headers; the others take it from there. It does nothing, but has to be what they are: the
# compiler refuses headers that were parsed for a library where it compiles a program.
function(ekaci_precompiled name)
  cmake_parse_arguments(SET "PROGRAM" "" "HEADERS;LIBRARIES" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  if(SET_PROGRAM)
    file(GENERATE OUTPUT "${source}" CONTENT "int main() {}\n")
    add_executable(${name} "${source}")
  else()
    file(GENERATE OUTPUT "${source}" CONTENT "")
    add_library(${name} OBJECT "${source}")
  endif()
  target_link_libraries(${name} PRIVATE ekaci_warnings ${SET_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${SET_HEADERS})
endfunction()

if(EKACI_PRECOMPILE_HEADERS)
  ekaci_precompiled(ekaci_precompiled_room HEADERS ${EKACI_COMMON_HEADERS} LIBRARIES fmt::fmt tl::expected Threads::Threads)
  ekaci_precompiled(ekaci_precompiled_test PROGRAM HEADERS ${EKACI_COMMON_HEADERS} ${EKACI_TEST_HEADERS}
                    LIBRARIES fmt::fmt tl::expected Threads::Threads rapidcheck GTest::gmock GTest::gtest)
endif()

# Lets a target take what is parsed already: of `room` or of `test`.
function(ekaci_take_precompiled target kind)
  if(EKACI_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ekaci_precompiled_${kind})
  endif()
endfunction()
