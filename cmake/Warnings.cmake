# The warnings every target of ours is compiled with. Only presets turn them into errors.
add_library(ekaci_warnings INTERFACE)
target_compile_options(
  ekaci_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wnull-dereference
            -Wformat=2
            -Wimplicit-fallthrough
            -Wswitch-enum
            $<$<CXX_COMPILER_ID:Clang>:-Wextra-semi;-Wunreachable-code;-Wdocumentation>
            # g++ 12 reports null dereferences inside its own library when it inlines std::variant and std::string.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference>)
