#include "api/setup_pages.h"

#include <fmt/core.h>

#include <utility>

#include "api/page.h"
#include "base/html_text.h"
#include "base/text.h"
#include "net/target.h"
#include "net/url.h"

namespace ekaci::api {
namespace {

/// A form has two short fields.
constexpr std::size_t kLargestForm = 4096;

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_line(name), html_line(value));
}

std::string terms_list(const SetupTerms& terms) {
  return "<dl>\n" + row("It may", terms.permissions) + row("It is told of", terms.events) + row("It calls", terms.server) + "</dl>\n";
}

std::string host_of(const std::string& address) {
  const Result<net::Url> url = net::parse_url(address);
  return url ? url->host : address;
}

/// The origin alone: a policy's source may have no query, and nothing else of the path matters.
std::string origin_of(const std::string& address) {
  const Result<net::Url> url = net::parse_url(address);
  return url ? url->origin() : "'none'";
}

std::string problem_box(std::string_view problem) {
  if (problem.empty()) return {};
  return fmt::format("<p class=\"problem\" role=\"alert\">{}</p>\n", html_line(problem));
}

std::string field_of(const net::Query& query, std::string_view name) { return std::string(trim(query.find(name).value_or(""))); }

}  // namespace

Result<SetupForm> read_setup_form(const net::Request& request) {
  const std::string_view type = request.headers.find("Content-Type").value_or("");
  if (!net::is_equal_ignoring_case(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) {
    return fail(ErrorCode::invalid_argument, "this is no form");
  }
  if (request.body.size() > kLargestForm) return fail(ErrorCode::invalid_argument, "the form is too large");
  // A form's fields are written as a query is.
  const Result<net::Target> target = net::parse_target("/?" + request.body);
  if (!target) return fail(ErrorCode::invalid_argument, "the form cannot be read");
  return SetupForm{.organization = field_of(target->query, "organization"), .name = field_of(target->query, "name")};
}

net::Response setup_form_page(const SetupTerms& terms, const SetupForm& filled, std::string_view problem) {
  const std::string host = html_line(host_of(terms.forge));
  std::string content = fmt::format(
      "<p>This server is not a GitHub App yet. In two steps, {} makes one for it, with all settings filled in, and gives the server the "
      "App's keys.</p>\n",
      host);
  content += problem_box(problem) + terms_list(terms);
  content += fmt::format(
      "<form method=\"post\" autocomplete=\"off\">\n"
      "<label for=\"organization\">Organisation</label>\n"
      "<p class=\"hint\" id=\"organization-hint\">Whose App it will be: you have to own the organisation. Leave it empty for your own "
      "account.</p>\n"
      "<input id=\"organization\" name=\"organization\" value=\"{}\" maxlength=\"100\" spellcheck=\"false\" autocapitalize=\"none\" "
      "aria-describedby=\"organization-hint\">\n"
      "<label for=\"name\">Name of the App</label>\n"
      "<p class=\"hint\" id=\"name-hint\">At most 34 characters, and nobody else's on {}. People see it beside check runs.</p>\n"
      "<input id=\"name\" name=\"name\" value=\"{}\" maxlength=\"34\" required spellcheck=\"false\" aria-describedby=\"name-hint\">\n"
      "<button>Next</button>\n</form>\n",
      html_line(filled.organization), host, html_line(filled.name));
  return rendered(
      {.status = problem.empty() ? 200 : 422, .title = "Register the App", .content = std::move(content), .form_goes_to = "'self'"});
}

net::Response setup_handover_page(const SetupTerms& terms, const SetupForm& filled, const SetupHandover& handover) {
  const std::string host = html_line(host_of(terms.forge));
  std::string content = fmt::format(
      "<p>{} will show the name once more, and make the App when you agree. Then it sends you back here. It may ask for your password "
      "before.</p>\n",
      host);
  content += "<dl>\n" + row("Name", filled.name) +
             row("Owner", filled.organization.empty() ? "your own account" : "the organisation " + filled.organization) + "</dl>\n";
  content += fmt::format(
      "<form method=\"post\" action=\"{}\">\n<input type=\"hidden\" name=\"manifest\" value=\"{}\">\n"
      "<button>Go on to {}</button><a href=\"?\">Change</a>\n</form>\n",
      html_line(handover.address), html_line(handover.manifest), host);
  return rendered({.status = 200, .title = "Register the App", .content = std::move(content), .form_goes_to = origin_of(handover.address)});
}

net::Response setup_done_page(const SetupResult& result) {
  std::string content = fmt::format(
      "<p>This server is the App <strong>{}</strong> now, and has its keys. It reviews the pull requests of those repositories in which "
      "the App is installed.</p>\n",
      html_line(result.name));
  content += result.admin.empty()
                 ? "<p>The App belongs to an organisation, and GitHub does not say who of it registered it: name the server's first "
                   "administrator with <code>ekaci admin add LOGIN --config FILE</code>.</p>\n"
                 : fmt::format(
                       "<p><strong>{}</strong> is the server's first administrator; <code>ekaci admin add LOGIN --config "
                       "FILE</code> adds others.</p>\n",
                       html_line(result.admin));
  content += fmt::format("<p><a class=\"act\" href=\"{}\">Install it in repositories</a></p>\n", html_line(result.install));
  return rendered({.status = 200, .title = "The App is registered", .content = std::move(content)});
}

net::Response setup_refusal_page(const SetupRefusal& refusal) {
  return rendered({.status = refusal.status, .title = refusal.title, .content = fmt::format("<p>{}</p>\n", html_line(refusal.advice))});
}

net::Response setup_over_page() { return setup_refusal_page({410, "The App is registered", "This link has served."}); }

}  // namespace ekaci::api
