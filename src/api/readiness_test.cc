#include "api/readiness.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ekaci::api {
namespace {

TEST(Readiness, IsGoodWhereEverythingIs) {
  const net::Response response = ready({{.name = "database"}, {.name = "disk"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(nlohmann::json::parse(response.body).at("ready").get<bool>());
}

TEST(Readiness, NamesWhatIsNotAndWhy) {
  const net::Response response = ready({{.name = "database"}, {.name = "disk", .why = "it is \"full\""}});
  EXPECT_EQ(response.status, 503);
  const nlohmann::json expected = {
      {"ready", false},
      {"checks", {{{"name", "database"}, {"ready", true}}, {{"name", "disk"}, {"ready", false}, {"why", "it is \"full\""}}}}};
  EXPECT_EQ(nlohmann::json::parse(response.body), expected);
}

}  // namespace
}  // namespace ekaci::api
