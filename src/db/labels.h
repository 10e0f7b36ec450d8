#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// The rows of `forge_label`: wishes for labels that are not fulfilled. To be used within a transaction of the caller's.
namespace ekaci::db {

/// Takes the place of an earlier wish for the same pull request. invalid_argument where its repository is not known, or the name is too
/// long to be a label.
Status want_label(const Connection& connection, const forge::WantedLabel& wanted, Clock::Wall now);
/// Of a pull request that is forgotten, or a repository that we left: nobody would take it.
Status drop_label_wish(const Connection& connection, forge::RepositoryId repository, forge::PullRequestNumber number);
Status drop_label_wishes(const Connection& connection, forge::RepositoryId repository);

/// As forge::Outbox has them. A wish that is no more is none to say anything of.
Result<std::vector<forge::OwedLabel>> load_owed_labels(const Connection& connection, Clock::Wall now, std::size_t limit);
Result<std::optional<Clock::Wall>> load_next_label_due(const Connection& connection, Clock::Wall now);
Status note_labelled(const Connection& connection, forge::LabelId id);
/// `due` is empty where it is never tried again.
Status note_label_trouble(const Connection& connection, forge::LabelId id, std::optional<Clock::Wall> due, forge::Delay delay,
                          std::string_view why);

/// What was refused in a repository is due again.
Status owe_labels_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now);

}  // namespace ekaci::db
