#pragma once

#include <string>

#include "net/http.h"

/// Pages for people. Plain HTML without any script; nothing is loaded from elsewhere, nothing is kept by the browser, and no address is
/// told to the next site.
namespace ekaci::api {

/// A page and the one place to which its form may go; nowhere without a form.
struct Page {
  int status = 200;
  std::string title{};    ///< may hold anything
  std::string content{};  ///< HTML
  std::string form_goes_to = "'none'";
};

net::Response rendered(const Page& page);

}  // namespace ekaci::api
