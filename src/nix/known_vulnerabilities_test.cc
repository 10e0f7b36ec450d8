#include "nix/known_vulnerabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ekaci::nix {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(KnownVulnerabilities, AreThoseOfTheVersion) {
  EXPECT_THAT(known_vulnerabilities("2.8.0"), ElementsAre("CVE-2024-27297", "CVE-2025-46415"));
  EXPECT_THAT(known_vulnerabilities("2.26.3"), ElementsAre("CVE-2025-46415", "CVE-2026-39860", "CVE-2026-44028"));
  EXPECT_THAT(known_vulnerabilities("2.24.5"), ElementsAre("CVE-2024-45593", "CVE-2025-46415", "CVE-2026-39860", "CVE-2026-44028"));
}

TEST(KnownVulnerabilities, EndWithTheReleaseThatMendedTheSeries) {
  EXPECT_THAT(known_vulnerabilities("2.31.4"), ElementsAre("CVE-2026-44028"));
  EXPECT_THAT(known_vulnerabilities("2.31.5"), IsEmpty());
  EXPECT_THAT(known_vulnerabilities("2.34.6"), ElementsAre("CVE-2026-44028"));
  EXPECT_THAT(known_vulnerabilities("2.34.7"), IsEmpty());
  EXPECT_THAT(known_vulnerabilities("2.35.0"), IsEmpty());
}

TEST(KnownVulnerabilities, VersionsAreReadAsFarAsTheyAreNumbers) {
  EXPECT_THAT(known_vulnerabilities("2.8"), ElementsAre("CVE-2024-27297", "CVE-2025-46415"));
  EXPECT_THAT(known_vulnerabilities("2.31.5pre20260101_abcdef"), IsEmpty());
  EXPECT_THAT(known_vulnerabilities("2.99.1"), IsEmpty());
  for (const char* text : {"", "nix", "2", ".8", "-1.2.3", "99999999999.1.1"}) EXPECT_THAT(known_vulnerabilities(text), IsEmpty()) << text;
}

}  // namespace
}  // namespace ekaci::nix
