#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/fd.h"
#include "base/result.h"
#include "model/store_path.h"
#include "nix/daemon_connection.h"
#include "nix/nar_writer.h"
#include "wire/requests.h"

namespace ekaci::nix {

/// Copies content-addressed paths from a store's directory that strangers wrote to a daemon's store: found out what they are, then
/// sent, what is referred to first. The daemon computes each path itself. One thread at a time.
class DaemonImport {
 public:
  using Valid = std::function<Result<std::vector<StorePath>>(std::span<const StorePath>)>;

  /// The directory is `<root>/nix/store`; `valid` says which of some paths the store has already.
  DaemonImport(std::string_view root, Valid valid);

  /// Finds out what is to be sent for these paths and all that they refer to. Errors as identify().
  Status plan(std::span<const StorePath> paths, const CancelToken& cancel);
  [[nodiscard]] bool is_empty() const { return additions_.empty(); }
  /// `corrupt`, naming both, where the daemon makes another path of the content.
  Status send(DaemonConnection& connection, std::chrono::milliseconds answer_time, const CancelToken& cancel);

 private:
  struct Sending;
  Status open_directory_of_store();
  [[nodiscard]] FileAt file_of(const StorePath& path) const;
  [[nodiscard]] std::vector<StorePath> in_order() const;
  Status send_one(Sending& sending, const StorePath& path);

  std::string root_;
  Valid valid_;
  Fd store_;
  std::map<StorePath, wire::Addition> additions_;
};

}  // namespace ekaci::nix
