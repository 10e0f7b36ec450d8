#pragma once

#include "app/build_options.h"
#include "app/server_reviewer.h"
#include "config/server_configuration.h"
#include "db/database.h"
#include "forge/desk.h"
#include "forge/publisher.h"
#include "github/app_manifest.h"

/// The server's configuration in the terms of those who do what it says.
namespace ekaci::app {

forge::DeskPolicy desk_policy(const config::ServerConfiguration& configuration);
forge::PublisherSettings publisher_settings(const config::ServerConfiguration& configuration);
/// What the App has to be allowed to do.
github::AppUse app_use(const config::ServerConfiguration& configuration);
BuildOptions build_options(const config::ServerConfiguration& configuration);
/// The file in the state directory; without the bounds that a cache has, where retention has its own.
db::DatabaseOptions database_options(const config::ServerConfiguration& configuration);
/// What one review may take: what the machine or the configuration gives to all, shared out evenly.
ServerReviewerSettings reviewer_settings(const config::ServerConfiguration& configuration);

}  // namespace ekaci::app
