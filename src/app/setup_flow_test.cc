#include "app/setup_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/manual_clock.h"

namespace ekaci::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kPosted = "organization=&name=EkaCI";

github::RegisteredApp registered(bool is_owned_by_user) {
  return {.id = {31},
          .name = "EkaCI",
          .page = "https://github.com/apps/ekaci",
          .client_id = "Iv1.1",
          .owner = "rae-m",
          .is_owned_by_user = is_owned_by_user,
          .private_key = Secret("key"),
          .webhook_secret = Secret("hook"),
          .client_secret = Secret("client")};
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class Setup : public testing::Test {
 protected:
  std::string token() const { return flow.address().substr(std::string("https://ci.example/setup/").size()); }
  static net::Request request(const std::string& token, std::string body = {}) {
    net::Request request;
    request.parameters.add("token", token);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = std::move(body);
    return request;
  }
  net::Response submit(std::string body = kPosted) { return flow.submit(request(token(), std::move(body))); }
  /// The state of a way that is begun now.
  std::string begin() { return between(submit().body, "?state=", "\""); }
  net::Response finish(const std::string& query) {
    net::Request request;
    request.target = net::parse_target("/setup/done?" + query).value();
    return flow.finish(request);
  }
  net::Response come_back(const std::string& state, const std::string& code = "code") { return finish("code=" + code + "&state=" + state); }

  Result<github::RegisteredApp> convert(std::string_view code) {
    converted.emplace_back(code);
    if (refusal) return fail(*refusal, "no");
    return registered(is_owned_by_user);
  }
  Status keep(const github::RegisteredApp& app) {
    if (is_disk_full) return fail(ErrorCode::resource_exhausted, "the disk is full");
    kept.push_back(app.id.value);
    return {};
  }

  std::vector<std::string> converted;
  std::vector<std::int64_t> kept;
  std::optional<ErrorCode> refusal;
  bool is_owned_by_user = true;
  bool is_disk_full = false;
  fake::ManualClock clock;
  Log log{LogLevel::error};
  SetupFlow flow{{.server = "https://ci.example", .web = "https://github.com", .use = {}},
                 {.convert = [this](std::string_view code) { return convert(code); },
                  .keep = [this](const github::RegisteredApp& app) { return keep(app); },
                  .clock = clock,
                  .log = log}};
};

TEST_F(Setup, LeadsFromTheAddressToAnAppThatIsKept) {
  EXPECT_EQ(flow.show(request(token())).status, 200);
  const net::Response handover = submit("organization=acme&name=EkaCI");
  EXPECT_EQ(handover.status, 200);
  EXPECT_THAT(handover.body, HasSubstr("action=\"https://github.com/organizations/acme/settings/apps/new?state="));
  EXPECT_THAT(handover.body, HasSubstr("https://ci.example/setup/done"));
  EXPECT_THAT(handover.body, HasSubstr("https://ci.example/github/webhook"));
  EXPECT_FALSE(flow.is_finished());
  const net::Response done = come_back(between(handover.body, "?state=", "\""));
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(done.body, HasSubstr("https://github.com/apps/ekaci/installations/new"));
  EXPECT_THAT(done.body, HasSubstr("rae-m"));
  EXPECT_THAT(converted, ElementsAre("code"));
  EXPECT_THAT(kept, ElementsAre(31));
  EXPECT_TRUE(flow.is_finished());
}

TEST_F(Setup, SaysThatNobodyIsAdministratorOfAnOrganisationsApp) {
  is_owned_by_user = false;
  const net::Response done = come_back(begin());
  EXPECT_THAT(done.body, HasSubstr("ekaci admin add"));
  EXPECT_THAT(done.body, Not(HasSubstr("rae-m")));
}

TEST_F(Setup, TellsNothingToWhoHasNotTheToken) {
  for (const std::string& wrong : {std::string("x"), token() + "x", std::string(43, 'A'), std::string("done")}) {
    EXPECT_EQ(flow.show(request(wrong)).status, 404);
    EXPECT_EQ(flow.submit(request(wrong, kPosted)).status, 404);
  }
  clock.advance(SetupKeys::kLife);
  EXPECT_EQ(flow.show(request(token())).status, 410);
  EXPECT_EQ(submit().status, 410);
}

TEST_F(Setup, HasServedOnceTheAppIsKept) {
  const std::string state = begin();
  come_back(state);
  EXPECT_EQ(flow.show(request(token())).status, 410);
  EXPECT_EQ(submit().status, 410);
  EXPECT_EQ(come_back(state).status, 410);
  EXPECT_THAT(kept, ElementsAre(31));
}

TEST_F(Setup, AsksGitHubNothingForWhoHasNotTheState) {
  begin();
  EXPECT_EQ(come_back("x").status, 403);
  EXPECT_EQ(come_back(token()).status, 403);
  EXPECT_EQ(finish("code=x").status, 400);
  EXPECT_EQ(finish("state=x").status, 400);
  const std::string early = begin();
  const std::string late = begin();
  EXPECT_EQ(come_back(early).status, 403);
  clock.advance(SetupKeys::kLife);
  EXPECT_EQ(come_back(late).status, 410);
  EXPECT_THAT(converted, IsEmpty());
}

TEST_F(Setup, IsBegunAnewWhereGitHubDoesNotTakeTheCode) {
  const std::string state = begin();
  refusal = ErrorCode::not_found;
  EXPECT_EQ(come_back(state).status, 400);
  EXPECT_EQ(come_back(state).status, 410);
  refusal.reset();
  EXPECT_EQ(come_back(begin()).status, 200);
}

TEST_F(Setup, MayLoadThePageAgainWhereGitHubGivesNoAnswer) {
  const std::string state = begin();
  refusal = ErrorCode::unavailable;
  EXPECT_EQ(come_back(state).status, 502);
  refusal.reset();
  EXPECT_EQ(come_back(state).status, 200);
  EXPECT_THAT(converted, ElementsAre("code", "code"));
}

TEST_F(Setup, LosesNoKeysWhereTheDiskIsFull) {
  const std::string state = begin();
  is_disk_full = true;
  EXPECT_EQ(come_back(state).status, 500);
  EXPECT_FALSE(flow.is_finished());
  is_disk_full = false;
  EXPECT_EQ(come_back(state).status, 200);
  EXPECT_THAT(converted, ElementsAre("code"));
  EXPECT_THAT(kept, ElementsAre(31));
}

TEST_F(Setup, SaysWhatIsWrongWithTheForm) {
  for (const char* wrong : {"organization=a%2Fb&name=EkaCI", "organization=dependabot%5Bbot%5D&name=EkaCI", "organization=acme&name=",
                            "name=%E2%80%AEICake", "name=a%20%20b", "name=aaaaaaaaaabbbbbbbbbbccccccccccddddd"}) {
    const net::Response page = submit(wrong);
    EXPECT_EQ(page.status, 422) << wrong;
    EXPECT_THAT(page.body, HasSubstr("role=\"alert\"")) << wrong;
  }
  net::Request no_form = request(token(), "{}");
  no_form.headers.set("Content-Type", "application/json");
  EXPECT_EQ(flow.submit(no_form).status, 400);
}

}  // namespace
}  // namespace ekaci::app
