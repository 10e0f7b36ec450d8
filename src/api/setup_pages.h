#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

/// The pages on which an operator registers the App at a server's first start. Plain HTML without any script; nothing is loaded from
/// elsewhere, nothing is kept by the browser, no address is told to the next site, and forms go only where they have to. Every text that
/// is handed in may hold anything.
namespace ekaci::api {

/// What the person fills in.
struct SetupForm {
  std::string organization{};  ///< empty: the person's own account
  std::string name{};          ///< of the App
};

/// Reads the form as a browser posts it, without white space around the values. invalid_argument where it is none; what the values may be
/// is for others to say.
Result<SetupForm> read_setup_form(const net::Request& request);

/// What the App will be, for the person to agree to.
struct SetupTerms {
  std::string forge{};        ///< where its pages are: `https://github.com`
  std::string server{};       ///< this server's URL
  std::string permissions{};  ///< `checks: read and write; contents: read`
  std::string events{};       ///< `pull request, push`
};

/// The first page: asks for an organisation and a name. It is posted to where it came from. `problem` says what is wrong with what was
/// filled in, and is empty at first; then the status is 422 and not 200.
net::Response setup_form_page(const SetupTerms& terms, const SetupForm& filled, std::string_view problem);

/// What the browser brings to the forge.
struct SetupHandover {
  std::string address{};   ///< of the forge
  std::string manifest{};  ///< JSON
};
/// The second page: a button that goes to the forge.
net::Response setup_handover_page(const SetupTerms& terms, const SetupForm& filled, const SetupHandover& handover);

/// What came of it.
struct SetupResult {
  std::string name{};     ///< of the App
  std::string install{};  ///< where it is installed in repositories: an http or https URL
  std::string admin{};    ///< the login of the first administrator; empty where nobody is known
};
/// The last page.
net::Response setup_done_page(const SetupResult& result);

/// Why nothing comes of it, and what to do.
struct SetupRefusal {
  int status = 400;
  std::string title{};
  std::string advice{};
};
net::Response setup_refusal_page(const SetupRefusal& refusal);
/// What is said at every link once there is an App.
net::Response setup_over_page();

}  // namespace ekaci::api
