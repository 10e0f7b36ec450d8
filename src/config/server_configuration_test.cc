#include "config/server_configuration.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/server_document.h"
#include "config/server_keys.h"
#include "config/server_values.h"

namespace ekaci::config {
namespace {

using std::chrono::seconds;

constexpr std::string_view kApp =
    "[server]\nurl = 'https://ci.example.org'\n[github]\napp_id = 7\nprivate_key = {file = '/k'}\nwebhook_secret = {file = '/w'}\n";

Result<ServerConfiguration> parse(std::string_view text) { return parse_server_configuration(text, "e.toml"); }

ServerConfiguration parsed(std::string_view text) {
  const auto configuration = parse(text);
  EXPECT_TRUE(configuration) << (configuration ? "" : configuration.error().message());
  return configuration.value_or(ServerConfiguration{});
}

std::string error_of(std::string_view text) {
  const auto configuration = parse(text);
  if (configuration) return "(parsed)";
  EXPECT_EQ(configuration.error().code(), ErrorCode::invalid_argument);
  return configuration.error().message();
}

TEST(ServerConfiguration, AnEmptyFileIsTheDefaults) {
  const ServerConfiguration defaults = parsed("");
  EXPECT_EQ(defaults, ServerConfiguration{});
  EXPECT_EQ(defaults.server.listen.to_string(), "127.0.0.1:8080");
  EXPECT_FALSE(defaults.server.url);
  EXPECT_EQ(defaults.server.state, "/var/lib/ekaci");
  EXPECT_EQ(defaults.server.control_socket(), "/var/lib/ekaci/control.sock");
  EXPECT_EQ(defaults.server.workers, 4U);
  EXPECT_EQ(defaults.github.web, "https://github.com");
  EXPECT_EQ(defaults.github.api, "https://api.github.com");
  EXPECT_FALSE(defaults.github.app_id || defaults.github.private_key || defaults.github.webhook_secret);
  EXPECT_FALSE(defaults.github.previous_webhook_secret);
  EXPECT_EQ(defaults.github.reconcile_every, seconds(600));
  EXPECT_EQ(defaults.github.calls_per_hour, 4000U);
  EXPECT_EQ(defaults.github.body_limit, std::uint64_t{25} << 20U);
  EXPECT_FALSE(defaults.evaluation.workers || defaults.evaluation.memory);
  EXPECT_EQ(defaults.evaluation.attribute_time, seconds(300));
  EXPECT_EQ(defaults.evaluation.total_time, seconds(3600));
  EXPECT_TRUE(defaults.evaluation.sandbox);
  EXPECT_TRUE(defaults.build.enabled && defaults.build.sandbox && !defaults.build.offline);
  EXPECT_FALSE(defaults.build.store || defaults.build.jobs || defaults.build.max_builds);
  EXPECT_EQ(defaults.build.silence, seconds(1800));
  EXPECT_EQ(defaults.build.time, seconds(4 * 3600));
  EXPECT_EQ(defaults.build.base, BaseBuilding::deciding);
  EXPECT_EQ(defaults.reviews.at_once, 4U);
  EXPECT_EQ(defaults.reviews.drafts, DraftReviews::review);
  EXPECT_TRUE(defaults.reviews.cancel_closed && defaults.reviews.cancel_superseded);
  EXPECT_EQ(defaults.reviews.push_to_target, TargetPushes::record);
  EXPECT_TRUE(defaults.trust.authors.empty() && defaults.trust.bots.empty());
  EXPECT_EQ(defaults.trust.associations, (std::vector<std::string>{"OWNER", "MEMBER", "COLLABORATOR"}));
  EXPECT_EQ(defaults.trust.approvers, ApproverPermission::write);
  EXPECT_TRUE(defaults.trust.from_repository);
  EXPECT_EQ(defaults.checks.attributes, 20U);
  EXPECT_EQ(defaults.checks.update_every, seconds(5));
  EXPECT_EQ(defaults.checks.mode, CheckMode::failing);
  EXPECT_FALSE(defaults.labels.enabled);
  EXPECT_EQ(defaults.labels.prefix, "rebuilds: ");
  EXPECT_EQ(defaults.comments.when, CommentTimes::never);
  EXPECT_EQ(defaults.labels.thresholds, (std::vector<std::uint64_t>{1, 11, 101, 501, 1001, 2501, 5001}));
  EXPECT_EQ(defaults.retention.reviews, seconds(365 * 86400));
  EXPECT_EQ(defaults.retention.logs, seconds(90 * 86400));
  EXPECT_EQ(defaults.retention.attempts, seconds(365 * 86400));
  EXPECT_EQ(defaults.retention.trees, seconds(7 * 86400));
  EXPECT_EQ(defaults.retention.disk, std::uint64_t{50} << 30U);
  EXPECT_EQ(defaults.retention.keep_free, std::uint64_t{5} << 30U);
  EXPECT_EQ(defaults.log.level, LogLevel::info);
  EXPECT_EQ(defaults.log.format, LogFormat::text);
}

TEST(ServerConfiguration, ReadsEveryKey) {
  const ServerConfiguration all = parsed(R"(
[server]
listen = "[::1]:0"
url = "http://ci.lan:8080/ekaci"
state = "/srv/ekaci"
socket = "/run/ekaci.sock"
workers = 1
[github]
web = "https://github.example.org"
api = "http://127.0.0.1:3000/api/v3"
app_id = 9007199254740991
private_key = { command = ["vault", "read", "-field=key", "secret/x y"] }
webhook_secret = { environment = "EKACI_WEBHOOK" }
previous_webhook_secret.credential = "old-secret.1"
reconcile_every = "1d"
calls_per_hour = 100
body_limit = "1MiB"
[evaluation]
workers = 256
memory = "8G"
attribute_time = "1s"
total_time = "7d"
sandbox = false
[build]
enabled = false
store = "local?root=/tmp/store"
jobs = 3
silence = "60s"
time = "90m"
sandbox = false
offline = true
base = "all"
max_builds = 0
[reviews]
at_once = 64
drafts = "ignore"
cancel_closed = false
cancel_superseded = false
push_to_target = "build"
[trust]
authors = ["Alice", "bob_corp"]
associations = []
bots = ["Dependabot[bot]", "r-ryantm"]
approvers = "admin"
from_repository = false
[checks]
attributes = 0
update_every = "10m"
mode = "changed"
[labels]
enabled = true
prefix = "rebuild-"
thresholds = [10, 1_000]
[comments]
when = "on_failure"
[retention]
reviews = "1h"
logs = "2h"
attempts = "36500d"
trees = "3h"
disk = "1GiB"
keep_free = "0"
[log]
level = "error"
format = "json"
[metrics]
listen = "127.0.0.1:9464"
)");
  EXPECT_EQ(all.server.listen, (ListenAddress{.host = "::1", .port = 0}));
  EXPECT_EQ(all.server.listen.to_string(), "[::1]:0");
  EXPECT_EQ(all.server.url, "http://ci.lan:8080/ekaci");
  EXPECT_EQ(all.server.control_socket(), "/run/ekaci.sock");
  EXPECT_EQ(all.github.api, "http://127.0.0.1:3000/api/v3");
  EXPECT_EQ(all.github.app_id, 9007199254740991U);
  EXPECT_EQ(all.github.private_key, SecretSource(CommandSecret{{"vault", "read", "-field=key", "secret/x y"}}));
  EXPECT_EQ(all.github.webhook_secret, SecretSource(EnvironmentSecret{"EKACI_WEBHOOK"}));
  EXPECT_EQ(all.github.previous_webhook_secret, SecretSource(CredentialSecret{"old-secret.1"}));
  EXPECT_EQ(all.build.base, BaseBuilding::all);
  EXPECT_EQ(all.build.max_builds, 0U);
  EXPECT_EQ(all.trust.authors, (std::vector<std::string>{"alice", "bob_corp"}));
  EXPECT_EQ(all.trust.bots, (std::vector<std::string>{"dependabot[bot]", "r-ryantm"}));
  EXPECT_TRUE(all.trust.associations.empty());
  EXPECT_EQ(all.labels.thresholds, (std::vector<std::uint64_t>{10, 1000}));
  EXPECT_EQ(all.comments.when, CommentTimes::on_failure);
  EXPECT_EQ(all.retention.keep_free, 0U);
  EXPECT_EQ(all.log.level, LogLevel::error);
  for (const ServerKey& key : server_keys()) {
    EXPECT_NE(value_text(key, all), value_text(key, ServerConfiguration{})) << key.table << "." << key.name << " was not read";
  }
}

TEST(ServerConfiguration, WhatIsWrittenIsReadAsItWas) {
  ServerConfiguration configuration = parsed(kApp);
  configuration.github.webhook_secret = CommandSecret{{"/bin/sh", "-c", "say \"it\" \\ now"}};
  std::string text;
  for (const ServerTable& table : server_tables()) {
    text += fmt::format("[{}]\n", table.name);
    for (const ServerKey& key : server_keys_of(table.name)) {
      if (const auto value = value_text(key, configuration)) text += fmt::format("{} = {}\n", key.name, *value);
    }
  }
  EXPECT_EQ(parsed(text), configuration);
}

TEST(ServerConfiguration, ErrorsSayWhatAndWhere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[gihub]", "e.toml:1:2: the configuration has no key 'gihub'; did you mean 'github'?"},
      {"\n[server]\nlisen = 1", "e.toml:3:1: [server] has no key 'lisen'; did you mean 'listen'?"},
      {"[log]\nxyzzy = 1", "e.toml:2:1: [log] has no key 'xyzzy'; known are: 'level', 'format'"},
      {"server = 1", "e.toml:1:10: 'server' must be a table, [server], not an integer"},
      {"[[build]]", "e.toml:1:1: 'build' must be a table, [build], not an array"},
      {"[[build.machine]]",
       "e.toml:1:9: [build] has no key 'machine'; known are: 'enabled', 'store', 'jobs', 'silence', 'time', 'sandbox', "
       "'offline', 'base', 'max_builds'"},
      {"[server]\nworkers = \"4\"", "e.toml:2:11: 'server.workers' must be an integer, not a string"},
      {"[server]\nworkers = 1.5", "e.toml:2:11: 'server.workers' must be an integer, not a number with a fraction"},
      {"[server]\nworkers = 0", "e.toml:2:11: 'server.workers' must be 1 to 64"},
      {"[server]\nworkers = -1", "e.toml:2:11: 'server.workers' must be 1 to 64"},
      {"[server]\nworkers = 65", "e.toml:2:11: 'server.workers' must be 1 to 64"},
      {"[server]\nlisten = \"8080\"", "e.toml:2:10: 'server.listen' must be host:port, such as \"127.0.0.1:8080\" or \"[::1]:8080\""},
      {"[server]\nlisten = 8080", "e.toml:2:10: 'server.listen' must be a string, not an integer"},
      {"[server]\nstate = \"ekaci\"", "e.toml:2:9: 'server.state' must be an absolute path, without \"..\", \".\" or a slash at its end"},
      {"[server]\nstate = \"/" + std::string(100, 'x') + "\"",
       "e.toml:2:9: 'server.state' is too long for the socket in it: set 'server.socket', at most 107 bytes"},
      {"[server]\nurl = \"ci.example.org\"", "e.toml:2:7: 'server.url' must be an http or https URL without a slash at its end"},
      {"[github]\napi = \"http://api.example.org\"",
       "e.toml:2:7: 'github.api' must be an https URL without a slash at its end (http for this machine alone)"},
      {"[github]\nreconcile_every = 60",
       R"(e.toml:2:19: 'github.reconcile_every' must be a duration such as "90s", "15m", "2h" or "7d", not an integer)"},
      {"[github]\nreconcile_every = \"60\"",
       R"(e.toml:2:19: 'github.reconcile_every' must be a duration such as "90s", "15m", "2h" or "7d")"},
      {"[github]\nreconcile_every = \"59s\"", "e.toml:2:19: 'github.reconcile_every' must be 1m to 1d"},
      {"[github]\nbody_limit = \"lots\"", R"(e.toml:2:14: 'github.body_limit' must be a size such as "512MiB" or "8GiB")"},
      {"[github]\nbody_limit = \"1GiB\"", "e.toml:2:14: 'github.body_limit' must be 1MiB to 100MiB"},
      {"[build]\nbase = \"some\"", R"(e.toml:2:8: 'build.base' must be one of "none", "deciding", "all")"},
      {"[build]\noffline = \"yes\"", "e.toml:2:11: 'build.offline' must be true or false, not a string"},
      {"[build]\noffline = 2020-01-01", "e.toml:2:11: 'build.offline' must be true or false, not a date or time"},
      {"[trust]\nauthors = [\"ok\", \"not ok\"]", "e.toml:2:18: 'trust.authors' must be at most 10000 logins on GitHub, each once"},
      {"[trust]\nauthors = [\"a\", \"A\"]", "e.toml:2:11: 'trust.authors' must be at most 10000 logins on GitHub, each once"},
      {"[trust]\nauthors = [1]", "e.toml:2:12: 'trust.authors' must be an array of strings, not an integer"},
      {"[trust]\nauthors = \"a\"", "e.toml:2:11: 'trust.authors' must be an array of strings, not a string"},
      {"[labels]\nthresholds = [1, 1]", "e.toml:2:18: 'labels.thresholds' must be 1 to 20 integers, rising, each 1 to 1000000000"},
      {"[labels]\nthresholds = []", "e.toml:2:14: 'labels.thresholds' must be 1 to 20 integers, rising, each 1 to 1000000000"},
      {"[labels]\nthresholds = [-1]", "e.toml:2:15: 'labels.thresholds' must be 1 to 20 integers, rising, each 1 to 1000000000"},
      {"[labels]\nprefix = \"a,b\"", "e.toml:2:10: 'labels.prefix' must be 1 to 30 printable characters without comma"},
      {"[labels]\nprefix = \"\"", "e.toml:2:10: 'labels.prefix' must be 1 to 30 printable characters without comma"},
      {"[labels]\nprefix = \" \"", "e.toml:2:10: 'labels.prefix' must be 1 to 30 printable characters without comma"},
      {"[github]\nprivate_key = { fil = \"/k\" }", "e.toml:2:17: 'github.private_key' has no key 'fil'; did you mean 'file'?"},
      {"[github]\nprivate_key = {}",
       "e.toml:2:15: 'github.private_key' must be a table with one of 'environment', 'file', 'credential' and 'command'"},
      {"[github]\nprivate_key = { file = \"/a\", environment = \"B\" }",
       "e.toml:2:15: 'github.private_key' must be a table with one of 'environment', 'file', 'credential' and 'command'"},
      {"[github]\nprivate_key = { file = \"k.pem\" }", "e.toml:2:24: 'github.private_key.file' must be an absolute path"},
      {"[github]\nprivate_key = { file = 1 }", "e.toml:2:24: 'github.private_key.file' must be a string, not an integer"},
      {"[github]\nprivate_key = { credential = \"../k\" }",
       "e.toml:2:30: 'github.private_key.credential' must be the name of a systemd credential: letters, digits, '.', '-' and '_'"},
      {"[github]\nprivate_key = { environment = \"A=B\" }",
       "e.toml:2:31: 'github.private_key.environment' must be the name of a variable: letters, digits and '_', no digit first"},
      {"[github]\napp_id = 7", "e.toml:2:1: 'github.app_id' wants 'server.url' as well"},
      {"[server]\nurl = 'https://a.b'\n[github]\napp_id = 7", "e.toml:4:1: 'github.app_id' wants 'github.private_key' as well"},
      {"[server]\nurl = 'https://a.b'\n[github]\napp_id = 7\nprivate_key.file = '/k'",
       "e.toml:4:1: 'github.app_id' wants 'github.webhook_secret' as well"},
      {"[github]\nwebhook_secret = { file = \"/w\" }", "e.toml:2:1: 'github.webhook_secret' wants 'github.app_id' as well"},
      {"# ä\n[server]\n\"ä\" = 1", "e.toml:3:1: [server] has no key 'ä'; known are: 'listen', 'url', 'state', 'socket', 'workers'"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(error_of(text), message) << text;
}

TEST(ServerConfiguration, TheFirstErrorInTheTextIsTold) {
  EXPECT_TRUE(error_of("[server]\nzzz = 1\naaa = 1").starts_with("e.toml:2:1: ")) << error_of("[server]\nzzz = 1\naaa = 1");
  EXPECT_TRUE(error_of("[zzz]\n[aaa]").starts_with("e.toml:1:2: "));
}

TEST(ServerConfiguration, RefusesWhatIsNoToml) {
  EXPECT_TRUE(error_of("[server").starts_with("e.toml:1:8: not TOML: ")) << error_of("[server");
  const std::string twice = error_of("[server]\nworkers = 1\nworkers = 2");
  EXPECT_TRUE(twice.starts_with("e.toml:3:")) << twice;
  EXPECT_NE(twice.find("cannot redefine existing integer 'workers'"), std::string::npos) << twice;
  const std::string table_twice = error_of("[server]\n[log]\n[server]\n");
  EXPECT_TRUE(table_twice.starts_with("e.toml:3:1: not TOML: ")) << table_twice;
  EXPECT_TRUE(error_of("a = \"\xff\"").starts_with("e.toml:1:")) << error_of("a = \"\xff\"");
}

TEST(ServerConfiguration, LettersBeyondAsciiAreOnesOfTextsAlone) {
  EXPECT_FALSE(parse_server_configuration("caf\u00e9 = 1", "ekaci.toml"));
  EXPECT_FALSE(parse_server_configuration("[server]\nlisten \u00a1= \"[::1]:80\"", "ekaci.toml"));
  EXPECT_TRUE(parse_server_configuration("[labels]\nprefix = \"caf\u00e9: \"", "ekaci.toml"));
}

TEST(ServerConfiguration, IsBounded) {
  EXPECT_EQ(error_of(std::string((1U << 20U) + 1, '#')), "e.toml:1:1: the file has 1048577 bytes; at most 1048576 are read");
  std::string deep = "a";
  for (int i = 0; i < 3000; ++i) deep += ".a";
  EXPECT_EQ(error_of(deep + " = 1"), "e.toml:1:1: the file has more than 2000 dots: tables could be too deep");
  EXPECT_TRUE(error_of(deep.substr(0, 3999) + " = 1").starts_with("e.toml:1:1: the configuration has no key 'a'; "));
  const std::string brackets(100'000, '[');
  EXPECT_TRUE(error_of("a = " + brackets).starts_with("e.toml:1:")) << error_of("a = " + brackets);
}

TEST(ServerConfiguration, NoErrorRepeatsAValue) {
  const std::vector<std::string> secrets = {"hunter2hunter2", "99999999999999999999999999", "-----BEGIN RSA PRIVATE KEY-----"};
  std::vector<std::string> lines;
  for (const ServerKey& key : server_keys()) {
    for (const std::string& secret : secrets) {
      const std::string table = fmt::format("[{}]\n{} = ", key.table, key.name);
      for (const char* form :
           {"{}", "\"{}\"", "'{}", "\"\"\"{}", "[\"\", \"{}\"]", "[\"{} \"]", "{{ file = \"{}\" }}", "{{ environment = \"{} \" }}",
            "{{ credential = \"{} \" }}", "{{ command = \"{}\" }}", "{{ command = [\"./{}\"] }}", "{{ file = {} }}"}) {
        lines.push_back(table + fmt::format(fmt::runtime(form), secret));
      }
    }
  }
  for (const std::string& text : lines) {
    const std::string error = error_of(text);
    for (const std::string& secret : secrets) EXPECT_EQ(error.find(secret), std::string::npos) << error;
  }
}

TEST(ServerConfiguration, AnyBytesAreReadOrRefusedWithTheirPlace) {
  EXPECT_TRUE(rc::check("bytes", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "[server]\n", "[github]\n", "[", "]", "[[", "]]", "{", "}", "=", "\"", "'", "\"\"\"", ",", ".", "\n", " ", "listen", "app_id", "a",
        "1", "1e9", "2020-01-01", "true", "\\u0000", "\xff", "#", "private_key", "file", "_", "-", "nan", "0x"));
    std::string text;
    for (const std::string& word : words) text += word;
    const auto read = parse(text);
    if (!read) RC_ASSERT(read.error().message().starts_with("e.toml:"));
  }));
}

TEST(ServerValues, UrlsAreOfHttpAlone) {
  for (const char* url : {"https://a", "https://a.b:443", "https://a/b/c", "http://a", "https://[::1]:8", "https://[2001:db8::1]"}) {
    EXPECT_TRUE(is_base_url(url)) << url;
  }
  for (const char* url :
       {"", "a", "ftp://a", "https://", "https://a/", "https://a b", "https://u@a", "https://a?b", "https://a#b", "https://a:0",
        "https://a:65536", "https://a:", "https://a:1:2", "https://[a]", "https://[::1", "https://[::1]x", "HTTPS://a", "https://a\n"}) {
    EXPECT_FALSE(is_base_url(url)) << url;
  }
  for (const char* url : {"https://a", "http://localhost:1", "http://127.0.0.1", "http://127.1.2.3:4/x", "http://[::1]:2"}) {
    EXPECT_TRUE(is_safe_base_url(url)) << url;
  }
  for (const char* url : {"http://a", "http://127.example.org", "http://localhost.example.org", "http://[::2]", "http://1127.0.0.1"}) {
    EXPECT_FALSE(is_safe_base_url(url)) << url;
  }
}

TEST(ServerValues, TextsObeyTheirRules) {
  for (const char* address : {"0.0.0.0:80", "localhost:0", "[::]:65535", "a-b.c:1"}) EXPECT_TRUE(is_listen_address(address)) << address;
  for (const char* address : {"", ":80", "a", "a:", "a:b", "a:65536", "a:-1", "::1:80", "[::1]", "a b:1", "[]:1", "a:1 "}) {
    EXPECT_FALSE(is_listen_address(address)) << address;
  }
  for (const char* store : {"daemon", "local", "local?root=/a", "unix:///a/b"}) EXPECT_TRUE(is_store(store)) << store;
  for (const char* store : {"", "ssh://a", "local?root=a", "unix://a", "local?", "https://a"}) EXPECT_FALSE(is_store(store)) << store;
  for (const char* path : {"", "a", "/a/", "/a/../b", "/./a", "/a\nb", "/.."}) EXPECT_FALSE(is_absolute_path(path)) << path;
  for (const char* path : {"/", "/a", "/a b/c.d", "//a"}) EXPECT_TRUE(is_absolute_path(path)) << path;
  for (const char* login : {"a", "A-b_1", "x[bot]"}) EXPECT_TRUE(is_login(login)) << login;
  for (const char* login : {"", "[bot]", "a b", "a[bot]x", "a.b", "@a"}) EXPECT_FALSE(is_login(login)) << login;
  for (const char* name : {"", ".", "..", "a/b", "a b", "ä"}) EXPECT_FALSE(is_credential(name)) << name;
  for (const char* name : {"", "1A", "A B", "A=B", "ä"}) EXPECT_FALSE(is_variable(name)) << name;
}

std::string file_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(ServerDocument, TheExampleIsTheDefaults) { EXPECT_EQ(parsed(example_server_configuration()), ServerConfiguration{}); }

TEST(ServerDocument, WhatTheExampleCommentsOutCanBeWritten) {
  const std::string example = example_server_configuration();
  std::string text;
  for (const std::string_view line : split(example, '\n')) {
    const bool is_sample =
        line.starts_with("# ") && line.find(" = ") != std::string_view::npos && line.substr(2).find(' ') == line.substr(2).find(" = ");
    text += std::string(is_sample ? line.substr(2) : line) + "\n";
  }
  const ServerConfiguration all = parsed(text);
  for (const ServerKey& key : server_keys()) EXPECT_TRUE(value_text(key, all)) << key.table << "." << key.name;
}

TEST(ServerDocument, EveryKeyIsDescribed) {
  for (const ServerKey& key : server_keys()) {
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.name;
    const bool has_default = value_text(key, ServerConfiguration{}).has_value();
    EXPECT_EQ(key.absence.empty(), has_default) << key.name;
    EXPECT_EQ(key.sample.empty(), has_default) << key.name;
    EXPECT_EQ(key.meaning.find('|'), std::string_view::npos) << key.name << ": breaks a table of markdown";
  }
}

TEST(ServerDocument, TheDocumentHasTheTablesGolden) {
  const std::string path = EKACI_SOURCE_DIR "/docs/server-configuration.md";
  const std::string document = file_text(path);
  constexpr std::string_view kBegin = "<!-- keys: made of src/config/server_keys.cc -->\n";
  constexpr std::string_view kEnd = "<!-- end of keys -->\n";
  const std::size_t begin = document.find(kBegin);
  const std::size_t end = document.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::string expected =
      document.substr(0, begin + kBegin.size()) + "\n" + server_configuration_reference() + "\n" + document.substr(end);
  if (std::getenv("EKACI_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): tests have one thread
    std::ofstream(path) << expected;
    return;
  }
  EXPECT_EQ(document, expected) << path << " differs; EKACI_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace
}  // namespace ekaci::config
