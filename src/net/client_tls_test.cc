#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "net/client.h"
#include "process/child.h"

namespace ekaci::net {
namespace {

/// Up to and with the first line that begins so; what there is of it where the output ends.
std::string read_line(const Fd& output, std::string_view start) {
  std::string text;
  while (true) {
    const std::size_t at = text.find(start);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) return text.substr(at, text.find('\n', at) - at);
    pollfd poll{.fd = output.get(), .events = POLLIN, .revents = 0};
    constexpr int kMinute = 60'000;
    std::array<char, 4096> part{};
    if (::poll(&poll, 1, kMinute) != 1) return text;
    const ssize_t read = ::read(output.get(), part.data(), part.size());
    if (read <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(read));
  }
}

/// `openssl s_server` on a port of its own, with a certificate for `localhost` that it signed itself.
class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("no_proxy", "*", 1);                      // NOLINT(concurrency-mt-unsafe): there is no other thread yet
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // as the program does
  }

  TlsTest() : directory_(make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-tls-").value()) {
    const auto made = process::run(
        {.arguments = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key(),
                       "-out", certificate(), "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"}},
        "", {}, {});
    EXPECT_TRUE(made && made->ended.status.succeeded()) << "openssl has to be there, see scripts/packages.txt";
    server_ = std::make_unique<process::Child>(
        process::spawn({.arguments = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate(), "-key", key(), "-www"}},
                       {.error = process::Stream::null})
            .value());
    const std::string accepting = read_line(server_->output(), "ACCEPT ");
    port_ = accepting.substr(accepting.rfind(':') + 1);
  }
  TlsTest(const TlsTest&) = delete;
  TlsTest& operator=(const TlsTest&) = delete;
  ~TlsTest() override {
    server_.reset();
    EXPECT_TRUE(remove_tree(directory_));
  }

  [[nodiscard]] std::string key() const { return directory_ / "key.pem"; }
  [[nodiscard]] std::string certificate() const { return directory_ / "certificate.pem"; }
  [[nodiscard]] Result<ClientResponse> ask(std::string_view host, const ClientOptions& options) const {
    return HttpClient::make(options).value()->send({.url = "https://" + std::string(host) + ":" + port_ + "/"}, {});
  }

  std::filesystem::path directory_;
  std::unique_ptr<process::Child> server_;
  std::string port_;
};

TEST_F(TlsTest, AnAuthorityThatIsNamedIsTrusted) {
  const auto response = ask("localhost", {.certificates = certificate()});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->status, 200);
}

TEST_F(TlsTest, AnyOtherIsNot) { EXPECT_EQ(ask("localhost", {}).error().code(), ErrorCode::unavailable); }

TEST_F(TlsTest, ACertificateForAnotherNameIsNot) {
  EXPECT_EQ(ask("127.0.0.1", {.certificates = certificate()}).error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace ekaci::net
