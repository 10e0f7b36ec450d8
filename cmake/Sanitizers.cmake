# EKACI_SANITIZE: a list as clang's -fsanitize takes it ("address,undefined", "thread"), or empty.
set(EKACI_SANITIZE "" CACHE STRING "sanitizers to build with")
if(EKACI_SANITIZE)
  add_compile_options(-fsanitize=${EKACI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${EKACI_SANITIZE})
endif()
