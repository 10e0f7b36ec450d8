# A room is one folder of src/: one static library, its tests beside it.
#
# ekaci_room(<name> [USES <rooms>...] [LIBRARIES <targets>...] [PRIVATE_LIBRARIES <targets>...] [TEST_USES <rooms>...])
#
# Every *.cc of the folder belongs to the library, every *_test.cc to <name>_test. USES is the direction of the house:
# a room links what it may know and nothing else (tests/layering_test.py holds the #include lines against the same table).
include(GoogleTest)

function(ekaci_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES;PRIVATE_LIBRARIES;TEST_USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  list(TRANSFORM ROOM_USES PREPEND ekaci_ OUTPUT_VARIABLE used)
  if(sources)
    add_library(ekaci_${name} STATIC ${sources})
    target_include_directories(ekaci_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(ekaci_${name} PUBLIC ${used} ${ROOM_LIBRARIES} PRIVATE ekaci_warnings ${ROOM_PRIVATE_LIBRARIES})
    ekaci_take_precompiled(ekaci_${name} room)
  else()
    add_library(ekaci_${name} INTERFACE)
    target_include_directories(ekaci_${name} INTERFACE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(ekaci_${name} INTERFACE ${used} ${ROOM_LIBRARIES})
  endif()

  if(tests)
    list(TRANSFORM ROOM_TEST_USES PREPEND ekaci_ OUTPUT_VARIABLE test_used)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(${name}_test PRIVATE EKACI_SOURCE_DIR="${PROJECT_SOURCE_DIR}" EKACI_BINARY_DIR="${PROJECT_BINARY_DIR}")
    target_link_libraries(${name}_test PRIVATE ekaci_${name} ${test_used} ${ROOM_PRIVATE_LIBRARIES} ekaci_warnings rapidcheck GTest::gmock GTest::gtest_main)
    ekaci_take_precompiled(${name}_test test)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
  endif()
endfunction()
