#include "github/signature.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <vector>

namespace ekaci::github {
namespace {

// From docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
constexpr std::string_view kSecret = "It's a Secret to Everybody";
constexpr std::string_view kBody = "Hello, World!";
constexpr std::string_view kSignature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

std::vector<Secret> secrets_of(const std::vector<std::string>& texts) {
  std::vector<Secret> secrets;
  for (const std::string& text : texts) secrets.emplace_back(std::string(text));
  return secrets;
}

bool is_signed_with(std::string_view secret, std::string_view header) {
  return is_signed(kBody, header, secrets_of({std::string(secret)}));
}

TEST(Signature, IsTheOneOfGitHubsExample) {
  EXPECT_EQ(signature_of(kBody, kSecret), kSignature);
  EXPECT_TRUE(is_signed_with(kSecret, kSignature));
}

TEST(Signature, OfAnyOfSeveralSecretsIsRight) {
  EXPECT_TRUE(is_signed(kBody, kSignature, secrets_of({"the new one", std::string(kSecret), "another"})));
  EXPECT_FALSE(is_signed(kBody, kSignature, secrets_of({"the new one", "another"})));
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
    const std::vector<Secret> secrets = secrets_of({secret});
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
