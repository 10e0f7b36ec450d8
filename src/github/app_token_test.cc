#include "github/app_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "github/fake_github_test.h"

namespace ekaci::github {
namespace {

using testing::HasSubstr;

/// The opposite of RFC 4648's base64url without padding.
std::string decoded(std::string_view text) {
  std::string base64(text);
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  const std::size_t padding = (4 - base64.size() % 4) % 4;
  base64.append(padding, '=');
  std::vector<unsigned char> bytes(base64.size());
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  EXPECT_GE(size, 0);
  return {bytes.begin(), bytes.begin() + size - static_cast<std::ptrdiff_t>(padding)};
}

std::string why_refused(std::string_view pem) {
  const Result<PrivateKey> key = PrivateKey::parse(pem);
  if (key) return "it was taken";
  EXPECT_EQ(key.error().code(), ErrorCode::invalid_argument);
  return key.error().message();
}

std::string private_pem_of(EVP_PKEY* owned, const EVP_CIPHER* cipher = nullptr) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(owned, &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  const auto* const password = reinterpret_cast<const unsigned char*>("secret");
  PEM_write_bio_PrivateKey(bio.get(), key.get(), cipher, cipher == nullptr ? nullptr : password, cipher == nullptr ? 0 : 6, nullptr,
                           nullptr);
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
  return {text, size};
}

TEST(AppToken, SaysWhoWeAreForTenMinutes) {
  const TurnedClock clock;
  const Secret token = app_token({31}, test_private_key(), clock.wall());
  const std::vector<std::string_view> parts = split(token.reveal(), '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(nlohmann::json::parse(decoded(parts[0])), (nlohmann::json{{"alg", "RS256"}, {"typ", "JWT"}}));
  EXPECT_EQ(nlohmann::json::parse(decoded(parts[1])), (nlohmann::json{{"iat", 1'735'689'540}, {"exp", 1'735'690'140}, {"iss", "31"}}));
  EXPECT_TRUE(is_signed_with_test_key(token.reveal().substr(0, token.reveal().rfind('.')), decoded(parts[2])));
}

TEST(AppToken, HasNoCharacterThatAHeaderWouldNotTake) {
  const TurnedClock clock;
  const Secret token = app_token({31}, test_private_key(), clock.wall());
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  EXPECT_EQ(token.reveal().find_first_not_of(kAllowed), std::string_view::npos);
}

TEST(PrivateKey, IsReadInBothForms) {
  ASSERT_THAT(test_key().pkcs1, HasSubstr("BEGIN RSA PRIVATE KEY"));
  ASSERT_THAT(test_key().pkcs8, HasSubstr("BEGIN PRIVATE KEY"));
  for (const std::string& pem : {test_key().pkcs1, test_key().pkcs8, "a comment\n\n" + test_key().pkcs1 + "\n\n"}) {
    const Result<PrivateKey> key = PrivateKey::parse(pem);
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_TRUE(is_signed_with_test_key("a text", key->sign("a text")));
  }
}

TEST(PrivateKey, ThatIsNoneSaysWhy) {
  EXPECT_THAT(why_refused(""), HasSubstr("no PEM"));
  EXPECT_THAT(why_refused("hunter2"), HasSubstr("no PEM"));
  EXPECT_THAT(why_refused(test_key().public_key), HasSubstr("public key"));
  EXPECT_THAT(why_refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), HasSubstr("certificate"));
  EXPECT_THAT(why_refused(test_key().pkcs8.substr(0, 400)), HasSubstr("damaged"));
  EXPECT_THAT(why_refused(std::string(100'000, 'x')), HasSubstr("too long"));
  EXPECT_THAT(why_refused(private_pem_of(EVP_RSA_gen(1024))), HasSubstr("1024 bits"));
  EXPECT_THAT(why_refused(private_pem_of(EVP_EC_gen("P-256"))), HasSubstr("not an RSA key"));
  EXPECT_THAT(why_refused(private_pem_of(EVP_RSA_gen(2048), EVP_aes_128_cbc())), HasSubstr("encrypted"));
}

TEST(PrivateKey, IsNotInWhatIsSaidOfIt) {
  std::string damaged = test_key().pkcs1;
  damaged[100] = '!';
  EXPECT_THAT(why_refused(damaged), testing::Not(HasSubstr(damaged.substr(40, 10))));
  EXPECT_THAT(why_refused("hunter2"), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace ekaci::github
