#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "api/webhooks.h"
#include "app/building.h"
#include "app/keeper.h"
#include "app/measured.h"
#include "app/operating.h"
#include "app/server_control.h"
#include "app/server_reviewer.h"
#include "app/world.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/server_configuration.h"
#include "db/database.h"
#include "db/forge_memory.h"
#include "engine/ports.h"
#include "engine/shared_evaluations.h"
#include "forge/desk_runner.h"
#include "forge/publisher.h"
#include "git/mirror.h"
#include "github/client.h"
#include "model/object_id.h"
#include "net/client.h"
#include "net/router.h"
#include "net/server.h"

namespace ekaci::app {

/// What an App's secrets are, read.
struct AppSecrets {
  Secret private_key{};
  std::vector<Secret> webhook_secrets{};  ///< a webhook is signed with one of them
};

/// `ekaci serve`: takes in webhooks, reviews what they tell of, and tells the forge. All that it owes is in its state directory.
class Server {
 public:
  /// Opens everything, begins what is owed, and listens. Errors say what to do. An App has to be configured, and the state directory is
  /// this process's (take_state_directory()). The clock outlives the server.
  static Result<std::unique_ptr<Server>> start(const config::ServerConfiguration& configuration, AppSecrets secrets, const Clock& clock,
                                               const CancelToken& cancel);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;
  /// Takes nothing in any more, ends what runs, and leaves the rest for the next start.
  ~Server();

  /// The port that webhooks are taken in on.
  [[nodiscard]] std::uint16_t port() const { return public_server_->port(); }

 private:
  Server(AppSecrets secrets, const Clock& clock, Log log);

  Status open_memory(const config::ServerConfiguration& configuration);
  Status open_github(const config::ServerConfiguration& configuration);
  Status open_reviewer(const config::ServerConfiguration& configuration, const CancelToken& cancel);
  Status start_desk(const config::ServerConfiguration& configuration);
  Status open_operating(const config::ServerConfiguration& configuration);
  /// What checks link to; `forge` is where their links back go.
  Status add_pages(const std::string& forge);
  Status listen(const config::ServerConfiguration& configuration);
  Result<std::vector<CommitId>> fetch_into(git::Mirror& mirror, const forge::Repository& repository, std::span<const std::string> refs,
                                           const CancelToken& cancel);
  [[nodiscard]] bool is_signed(std::string_view body, std::string_view signature) const;
  void publish(const CancelToken& cancel);
  void wake_publisher();

  // In the order of their making: each stands on those above it, and goes before them.
  AppSecrets secrets_;
  const Clock& clock_;
  Log log_;
  Metrics metrics_;
  std::unique_ptr<db::SqliteDatabase> database_{};
  std::unique_ptr<db::SqliteForgeMemory> memory_{};
  std::unique_ptr<Keeper> keeper_{};
  std::unique_ptr<net::HttpClient> http_{};
  std::unique_ptr<github::Client> github_{};
  std::unique_ptr<engine::Evaluator> evaluator_{};
  std::unique_ptr<engine::SharedEvaluations> evaluations_{};
  RepositoryConfigurationParser configurations_{};
  std::unique_ptr<Building> building_{};
  std::unique_ptr<engine::BuildMemory> attempts_{};
  std::unique_ptr<ServerReviewer> reviewer_{};
  std::unique_ptr<forge::Reviewer> measured_reviewer_{};
  std::unique_ptr<forge::Publisher> publisher_{};
  Channel<std::monostate> publishing_{};  ///< something may be due
  std::jthread publisher_thread_{};
  std::unique_ptr<forge::DeskRunner> desk_{};
  std::unique_ptr<Operating> operating_{};
  std::unique_ptr<api::Webhooks> webhooks_{};
  std::unique_ptr<ServerControl> control_{};
  net::Router public_routes_{};
  net::Router control_routes_{};
  std::unique_ptr<net::HttpServer> public_server_{};
  std::unique_ptr<net::HttpServer> control_server_{};
};

}  // namespace ekaci::app
