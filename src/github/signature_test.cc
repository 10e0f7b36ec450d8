#include "github/signature.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::github {
namespace {

// From docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
constexpr std::string_view kSecret = "It's a Secret to Everybody";
constexpr std::string_view kBody = "Hello, World!";
constexpr std::string_view kSignature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b04e17e";

bool is_signed_with(std::string_view secret, std::string_view header) {
  const std::array<std::string_view, 1> secrets{secret};
  return is_signed(kBody, header, secrets);
}

TEST(Signature, IsTheOneOfGitHubsExample) {
  EXPECT_EQ(signature_of(kBody, kSecret), kSignature);
  EXPECT_TRUE(is_signed_with(kSecret, kSignature));
}

TEST(Signature, OfAnyOfSeveralSecretsIsRight) {
  const std::vector<std::string_view> secrets = {"the new one", kSecret, "another"};
  EXPECT_TRUE(is_signed(kBody, kSignature, secrets));
  EXPECT_FALSE(is_signed(kBody, kSignature, std::vector<std::string_view>{"the new one", "another"}));
}

TEST(Signature, NothingIsSignedWithoutASecret) {
  EXPECT_FALSE(is_signed(kBody, kSignature, {}));
  EXPECT_FALSE(is_signed_with("", signature_of(kBody, "")));
}

TEST(Signature, HasOneFormOnly) {
  const std::string right(kSignature);
  const std::string hexadecimal = right.substr(7);
  std::string upper = right;
  upper[9] = 'A';
  for (const std::string& wrong : {std::string(), std::string("sha256="), hexadecimal, "sha1=" + hexadecimal, "SHA256=" + hexadecimal,
                                   right + "0", right.substr(0, right.size() - 1), " " + right, right + "\n", right + "," + right, upper}) {
    EXPECT_FALSE(is_signed_with(kSecret, wrong)) << wrong;
  }
}

TEST(Signature, IsOfTheBytesAsTheyCame) {
  EXPECT_TRUE(rc::check([](const std::string& body, std::string secret) {
    secret += 'x';
    const std::array<std::string_view, 1> secrets{secret};
    const std::string header = signature_of(body, secret);
    RC_ASSERT(is_signed(body, header, secrets));
    RC_ASSERT(!is_signed(body + '\n', header, secrets));
    std::string other = header;
    char& digit = other[*rc::gen::inRange<std::size_t>(7, other.size())];
    digit = digit == '0' ? '1' : '0';
    RC_ASSERT(!is_signed(body, other, secrets));
  }));
}

}  // namespace
}  // namespace ekaci::github
