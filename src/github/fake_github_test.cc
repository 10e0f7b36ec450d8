#include "github/fake_github_test.h"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <utility>

#include "github/timestamp.h"

namespace ekaci::github {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

template <class Write>
std::string pem_of(const Write& write) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
  return {text, size};
}

TestKey make_test_key() {
  const Key key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  return {.pkcs1 = pem_of([&](BIO* bio) { PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
          .pkcs8 = pem_of([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
          .public_key = pem_of([&](BIO* bio) { PEM_write_bio_PUBKEY(bio, key.get()); })};
}

/// `/repos/o/n/pulls` of `https://api.example/repos/o/n/pulls?page=2`.
std::string path_of(const std::string& url) {
  const std::size_t begin = url.find('/', url.find("://") + 3);
  return url.substr(begin, url.find('?') - begin);
}

}  // namespace

std::chrono::seconds TurnedClock::since_1970() const {
  const std::scoped_lock lock(mutex_);
  return time_;
}

void TurnedClock::turn(std::chrono::seconds by) {
  const std::scoped_lock lock(mutex_);
  time_ += by;
}

const TestKey& test_key() {
  static const TestKey key = make_test_key();
  return key;
}

PrivateKey test_private_key() { return PrivateKey::parse(test_key().pkcs8).value(); }

bool is_signed_with_test_key(std::string_view text, std::string_view signature) {
  const std::string& pem = test_key().public_key;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

void FakeGitHub::tell(std::string_view method_and_path, Answer answer) {
  const std::scoped_lock lock(mutex_);
  answers_[std::string(method_and_path)].push_back({.answer = std::move(answer)});
}

void FakeGitHub::answer(std::string_view method_and_path, int status, std::string body, net::Headers headers) {
  tell(method_and_path, net::ClientResponse{.status = status, .headers = std::move(headers), .body = std::move(body)});
}

void FakeGitHub::be_unreachable(std::string_view method_and_path, ErrorCode code) { tell(method_and_path, fail(code, "nobody is there")); }

Transport FakeGitHub::transport() {
  return [this](const net::ClientRequest& request, const CancelToken& /*cancel*/) { return answer_to(request); };
}

std::vector<net::ClientRequest> FakeGitHub::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::vector<net::ClientRequest> FakeGitHub::token_requests() const {
  const std::scoped_lock lock(mutex_);
  return token_requests_;
}

FakeGitHub::Answer FakeGitHub::answer_to(const net::ClientRequest& request) {
  const std::scoped_lock lock(mutex_);
  const std::string path = path_of(request.url);
  const bool is_for_token = path.ends_with("/access_tokens");
  (is_for_token ? token_requests_ : requests_).push_back(request);
  const auto found = answers_.find(fmt::format("{} {}", net::to_string(request.method), path));
  if (found == answers_.end()) {
    if (is_for_token) return hand_out_token(request);
    return net::ClientResponse{.status = 404, .headers = {}, .body = R"({"message": "Not Found"})"};
  }
  std::deque<Told>& told = found->second;
  if (told.front().is_used && told.size() > 1) told.pop_front();
  told.front().is_used = true;
  return told.front().answer;
}

FakeGitHub::Answer FakeGitHub::hand_out_token(const net::ClientRequest& /*request*/) {
  const std::string expires = format_timestamp(clock_.wall() + std::chrono::hours(1));
  return net::ClientResponse{
      .status = 201, .headers = {}, .body = fmt::format(R"({{"token": "token-{}", "expires_at": "{}"}})", token_requests_.size(), expires)};
}

}  // namespace ekaci::github
