#pragma once

namespace ekaci {

/// Gives back to the system what was freed and is kept for the next allocation. For after work that took much memory, where nothing like it
/// follows at once. Takes some milliseconds for each 100 MiB that it gives back, and does nothing where the allocator is not glibc's. Any
/// thread.
void give_back_freed_memory();

/// From now on no more than some MiB at the end of each thread's memory is kept for the next allocation, rather than as much as the largest
/// that were freed suggest. For a process that lives long and is busy now and then. Does nothing where the allocator is not glibc's. Call
/// it before there is a second thread.
void keep_little_freed_memory();

}  // namespace ekaci
