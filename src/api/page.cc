#include "api/page.h"

#include <fmt/core.h>

#include <string_view>

#include "base/base64.h"
#include "base/html_text.h"
#include "base/sha256.h"

namespace ekaci::api {
namespace {

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --ground: #ffffff; --line: #d0d7de; --box: #f6f8fa; --act: #1a6d38;
  --acttext: #ffffff; --link: #0a56b8; --bad: #b3202c; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9aa6b2; --ground: #0d1117; --line: #3a434e; --box: #161b22;
  --act: #3fb264; --acttext: #06210f; --link: #79b8ff; --bad: #ff8b8b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 40rem; margin: 0 auto; padding: 2.5rem 1.25rem; }
.mark { margin: 0; color: var(--soft); font-weight: 600; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 1.25rem 0; padding: .9rem 1rem; background: var(--box);
  border: 1px solid var(--line); border-radius: .5rem; }
dt { color: var(--soft); }
dd { margin: 0; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .35rem; } }
label { display: block; margin-top: 1.1rem; font-weight: 600; }
.hint { margin: .1rem 0 .35rem; color: var(--soft); font-size: .9rem; }
input { width: 100%; padding: .5rem .65rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft);
  border-radius: .4rem; }
button, .act { display: inline-block; margin: 1.5rem 1rem 0 0; padding: .55rem 1.1rem; font: inherit; font-weight: 600; color: var(--acttext);
  background: var(--act); border: 0; border-radius: .4rem; cursor: pointer; text-decoration: none; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.problem { padding: .6rem .9rem; color: var(--bad); border: 1px solid var(--bad); border-radius: .4rem; }
code { padding: .1rem .3rem; background: var(--box); border: 1px solid var(--line); border-radius: .3rem; font-size: .92em; }
)css";

/// What Content-Security-Policy calls these very bytes.
std::string hash_source(std::string_view text) {
  const Sha256 hash = sha256(text);
  return fmt::format("'sha256-{}'", base64(std::string(hash.begin(), hash.end())));
}

std::string policy(const Page& page) {
  return fmt::format("default-src 'none'; style-src {}; form-action {}; base-uri 'none'; frame-ancestors 'none'", hash_source(kStyle),
                     page.form_goes_to);
}

}  // namespace

net::Response rendered(const Page& page) {
  net::Response response{.status = page.status, .headers = {}, .body = {}};
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy(page));
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "DENY");
  response.headers.add("Cache-Control", "no-store");
  response.body = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
      "<title>{0} · EkaCI</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<p class=\"mark\">EkaCI</p>\n<h1>{0}</h1>\n{2}</main>\n"
      "</body>\n</html>\n",
      html_line(page.title), kStyle, page.content);
  return response;
}

}  // namespace ekaci::api
