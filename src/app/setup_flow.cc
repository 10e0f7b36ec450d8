#include "app/setup_flow.h"

#include <fmt/core.h>

#include <utility>

#include "api/webhooks.h"
#include "base/text.h"
#include "github/names.h"
#include "net/url.h"

namespace ekaci::app {
namespace {

using api::setup_refusal_page;

/// GitHub's, of an App's name.
constexpr std::size_t kLongestName = 34;
constexpr std::string_view kBeginAgain =
    "Open the link that the server printed last, and begin again. If GitHub made an App already, delete it there: Settings, Developer "
    "settings, GitHub Apps.";

net::Response refuse_token(KeyCheck check) {
  switch (check) {
    case KeyCheck::used:
      return api::setup_over_page();
    case KeyCheck::expired:
      return setup_refusal_page({410, "This link is too old", "It was good for an hour. Start the server anew: it prints another."});
    case KeyCheck::good:
    case KeyCheck::wrong:
      break;
  }
  return setup_refusal_page({404, "This link is not valid", "The server prints a link each time it starts: take the last one, all of it."});
}

net::Response refuse_state(KeyCheck check) {
  switch (check) {
    case KeyCheck::used:
      return setup_refusal_page({410, "This page has served", "If the App is not registered by now: " + std::string(kBeginAgain)});
    case KeyCheck::expired:
      return setup_refusal_page({410, "That took too long", "There is an hour from the form to here. " + std::string(kBeginAgain)});
    case KeyCheck::good:
    case KeyCheck::wrong:
      break;
  }
  return setup_refusal_page(
      {403, "This registration is not known here",
       "It was not begun with this server's link, or begun once more later, or the server was started anew meanwhile. " +
           std::string(kBeginAgain)});
}

/// The host makes it somebody's own: names of Apps are unique on GitHub.
std::string suggested_name(const std::string& server) {
  const Result<net::Url> url = net::parse_url(server);
  return clip(url ? "EkaCI " + url->host : "EkaCI", kLongestName);
}

/// What is wrong with a form; empty where nothing is.
std::string problem_of(const api::SetupForm& form) {
  if (!form.organization.empty() && !github::is_account(form.organization)) {
    return "The organisation: write its name as it stands in its address on GitHub, such as my-company.";
  }
  if (form.name.empty()) return "The App needs a name.";
  const bool is_plain = is_utf8(form.name) && printable_line(form.name) == form.name;
  if (!is_plain || clip(form.name, kLongestName) != form.name) return "The App's name: at most 34 characters, all of them visible.";
  return {};
}

}  // namespace

SetupFlow::SetupFlow(SetupSettings settings, SetupWorld world)
    : settings_(std::move(settings)), world_(std::move(world)), keys_(world_.clock) {}

std::string SetupFlow::address() const { return fmt::format("{}/setup/{}", settings_.server, keys_.token()); }

api::SetupTerms SetupFlow::terms() const {
  return {.forge = settings_.web,
          .server = settings_.server,
          .permissions = github::list_permissions(settings_.use),
          .events = github::list_events()};
}

std::string SetupFlow::manifest(const api::SetupForm& form) const {
  return github::manifest_json({.name = form.name,
                                .home = settings_.server,
                                .webhook = settings_.server + std::string(api::kWebhookPath),
                                .return_page = settings_.server + "/setup/done",
                                .use = settings_.use});
}

net::Response SetupFlow::show(const net::Request& request) const {
  const KeyCheck check = keys_.check_token(request.parameters.get("token"));
  if (check != KeyCheck::good) return refuse_token(check);
  return api::setup_form_page(terms(), {.organization = {}, .name = suggested_name(settings_.server)}, {});
}

net::Response SetupFlow::submit(const net::Request& request) {
  const KeyCheck check = keys_.check_token(request.parameters.get("token"));
  if (check != KeyCheck::good) return refuse_token(check);
  const Result<api::SetupForm> form = api::read_setup_form(request);
  if (!form) return setup_refusal_page({400, "This form cannot be read", "Open the link once more."});
  const std::string problem = problem_of(*form);
  if (!problem.empty()) return api::setup_form_page(terms(), *form, problem);
  return api::setup_handover_page(
      terms(), *form,
      {.address = github::registration_address(settings_.web, form->organization, keys_.new_state()), .manifest = manifest(*form)});
}

net::Response SetupFlow::finish(const net::Request& request) {
  const std::optional<std::string_view> code = request.target.query.find("code");
  const std::optional<std::string_view> state = request.target.query.find("state");
  if (!code || !state) {
    return setup_refusal_page(
        {400, "GitHub sent nothing along", "It comes back here with a code and a state. " + std::string(kBeginAgain)});
  }
  const KeyCheck check = keys_.take_state(*state);
  if (check != KeyCheck::good) return refuse_state(check);
  return exchange(*code, *state);
}

net::Response SetupFlow::exchange(std::string_view code, std::string_view state) {
  if (converted_ && converted_->code == code) return keep(converted_->app, state);
  Result<github::RegisteredApp> app = world_.convert(code);
  if (app) {
    return keep(converted_.emplace(Converted{.code = std::string(code), .app = std::move(*app)}).app, state);
  }
  const Error& error = app.error();
  world_.log.warning("the App's code cannot be exchanged for its keys: {}", error.to_string());
  if (error.code() == ErrorCode::unavailable) {
    keys_.give_back_state(state);
    return setup_refusal_page(
        {502, "GitHub gives no answer", "The server's log says more. Load this page again in a while: the code is good for an hour."});
  }
  return setup_refusal_page({400, "GitHub does not take its code", "It works once, and for an hour. " + std::string(kBeginAgain)});
}

net::Response SetupFlow::keep(const github::RegisteredApp& app, std::string_view state) {
  if (const Status kept = world_.keep(app); !kept) {
    world_.log.error("the App {} was registered, and its keys cannot be kept: {}", app.page, kept.error().to_string());
    keys_.give_back_state(state);
    return setup_refusal_page({500, "The App's keys cannot be kept",
                               "The server's log says why. Put that right and load this page again, before the server is started anew."});
  }
  keys_.close();
  world_.log.info("registered as the App {}, {}, of {}", app.id.value, app.page, app.owner);
  const api::SetupResult result{
      .name = app.name, .install = app.page + "/installations/new", .admin = app.is_owned_by_user ? app.owner : ""};
  converted_.reset();
  return api::setup_done_page(result);
}

}  // namespace ekaci::app
