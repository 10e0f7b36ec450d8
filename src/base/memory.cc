#include "base/memory.h"

#include <malloc.h>

namespace ekaci {

void give_back_freed_memory() {
#ifdef __GLIBC__
  // Of every thread's arena; what stays is what is in use, and the pages that it shares.
  static_cast<void>(::malloc_trim(0));  // it says whether there was anything
#endif
}

void keep_little_freed_memory() {
#ifdef __GLIBC__
  constexpr int kKept = 4 << 20;
  // It takes any value.
  static_cast<void>(::mallopt(M_TRIM_THRESHOLD, kKept));  // NOLINT(concurrency-mt-unsafe): called while there is one thread
#endif
}

}  // namespace ekaci
