#include "net/client.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/sync.h"
#include "base/text.h"
#include "net/url.h"

namespace ekaci::net {
namespace {

/// Idle handles that are kept, each with its connections.
constexpr std::size_t kKeptHandles = 16;
/// Open connections of one handle.
constexpr long kKeptConnections = 4;
/// Of an answer's head; GitHub's are about 2 KiB.
constexpr std::size_t kLargestHead = std::size_t{256} << 10U;
/// How long a request to stop may go unseen, should the wake-up fail.
constexpr int kLongestWaitMilliseconds = 100;
constexpr std::size_t kMaxShownReason = 300;

struct Deleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, Deleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, Deleter>;

/// What one exchange needs of libcurl. The connections that stay open belong to the multi handle. One thread at a time.
struct Handle {
  Multi multi;  ///< outlives what is in it
  Easy easy;
};

Result<Handle> make_handle() {
  Handle handle{.multi = Multi(curl_multi_init()), .easy = Easy(curl_easy_init())};
  if (!handle.multi || !handle.easy) return fail(ErrorCode::resource_exhausted, "libcurl has no memory for a connection");
  curl_multi_setopt(handle.multi.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
  return handle;
}

/// What has come of an answer. libcurl's functions call it, through C: nothing may throw out of it.
class Answer {
 public:
  explicit Answer(std::uint64_t largest) : largest_(largest) {}

  static std::size_t take_line(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<Answer*>(self)->head_line({bytes, size * count}) ? size * count : 0;
  }
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<Answer*>(self)->body_part({bytes, size * count}) ? size * count : 0;
  }

  [[nodiscard]] bool is_too_large() const { return is_too_large_; }
  [[nodiscard]] ClientResponse response(int status) && {
    return {.status = status, .headers = std::move(headers_), .body = std::move(body_)};
  }

 private:
  bool head_line(std::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > kLargestHead) is_too_large_ = true;
    if (is_too_large_) return false;
    const std::string_view text = trim(line.substr(0, line.find_first_of("\r\n")));
    if (text.starts_with("HTTP/")) begin_again();
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');  // a value folded as of old; nothing that we read is
    const std::size_t colon = text.find(':');
    if (text.empty()) {
      is_head_ = false;  // what comes behind the body, a trailer, is not the head's
    } else if (is_head_ && !goes_on && colon != std::string_view::npos) {
      headers_.add(std::string(trim(text.substr(0, colon))), std::string(trim(text.substr(colon + 1))));
    }
    return true;
  }

  /// Another head: behind an interim answer, or of where a redirection leads.
  void begin_again() {
    headers_ = Headers();
    body_.clear();
    is_head_ = true;
  }

  bool body_part(std::string_view bytes) {
    is_too_large_ = bytes.size() > largest_ - body_.size();
    if (is_too_large_) return false;
    body_ += bytes;
    return true;
  }

  std::uint64_t largest_;
  std::size_t head_bytes_ = 0;
  Headers headers_;
  std::string body_;
  bool is_head_ = false;
  bool is_too_large_ = false;
};

/// What libcurl or the connection decides of a request.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 5> kReserved{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"};
  return std::ranges::any_of(kReserved, [&](std::string_view reserved) { return is_equal_ignoring_case(reserved, name); });
}

Status check(const ClientRequest& request) {
  for (const Field& field : request.headers.fields()) {
    // The value may be a secret, and so may a name that is no name.
    if (!is_sendable(field)) return fail(ErrorCode::invalid_argument, "a header has a name or a value that cannot be sent");
    if (is_reserved(field.name)) return fail(ErrorCode::invalid_argument, "the header {} comes by itself", field.name);
  }
  const bool takes_body = request.method != Method::get && request.method != Method::head;
  if (!takes_body && !request.body.empty()) return fail(ErrorCode::invalid_argument, "{} has no body", to_string(request.method));
  return {};
}

bool append(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  if (!list) list.reset(longer);  // otherwise it is longer at its end, and begins where it began
  return true;
}

/// The request's headers as libcurl takes them; empty where there is no memory for them.
List header_list(const Headers& headers) {
  List list;
  // A name without a value takes back what libcurl would say by itself: it waits a second for 100 Continue, and calls any body a form.
  bool made = append(list, "Expect:");
  if (!headers.contains("Content-Type")) made = made && append(list, "Content-Type:");
  for (const auto& [name, value] : headers.fields())
    made = made && append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  return made ? std::move(list) : nullptr;
}

/// Sets options of a handle, and remembers the first that libcurl did not take.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}
  template <class Value>
  void set(CURLoption option, Value value) {
    if (error_ == CURLE_OK) error_ = curl_easy_setopt(handle_, option, value);
  }
  [[nodiscard]] CURLcode error() const { return error_; }

 private:
  CURL* handle_;
  CURLcode error_ = CURLE_OK;
};

/// A body on its way out. libcurl sends a request once more by itself where a connection that it kept breaks before any answer, although
/// the server may have acted on it. It cannot send again what it cannot rewind, and this cannot be rewound.
class Upload {
 public:
  explicit Upload(std::string_view body) : rest_(body) {}
  static std::size_t give(char* to, std::size_t size, std::size_t count, void* upload) {
    std::string_view& rest = static_cast<Upload*>(upload)->rest_;
    const std::size_t given = rest.copy(to, size * count);
    rest.remove_prefix(given);
    return given;
  }

 private:
  std::string_view rest_;
};

bool has_body(const ClientRequest& request) {
  return !request.body.empty() || request.method == Method::post || request.method == Method::put || request.method == Method::patch;
}

void set_method(Options& options, const ClientRequest& request, Upload& upload) {
  if (request.method == Method::get) return;
  if (request.method == Method::head) {
    options.set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body(request)) {
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    options.set(CURLOPT_READFUNCTION, &Upload::give);
    options.set(CURLOPT_READDATA, &upload);
  }
  // Nothing keeps libcurl from sending a request without a body again, but a connection that has never been used.
  if (request.body.empty()) options.set(CURLOPT_FRESH_CONNECT, 1L);
  if (request.method != Method::post) options.set(CURLOPT_CUSTOMREQUEST, to_string(request.method).data());
}

void set_deadlines(Options& options, const ClientDeadlines& deadlines) {
  options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(deadlines.connect.count()));
  options.set(CURLOPT_TIMEOUT_MS, static_cast<long>(deadlines.total.count()));
  options.set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(deadlines.low_speed));
  options.set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(deadlines.low_speed_time.count()));
  options.set(CURLOPT_NOSIGNAL, 1L);
}

/// Where it may go and whom it trusts.
void set_trust(Options& options, const ClientOptions& client, const Url& url) {
  const char* const further = url.scheme == "https" ? "https" : "http,https";
  options.set(CURLOPT_PROTOCOLS_STR, "http,https");
  options.set(CURLOPT_REDIR_PROTOCOLS_STR, further);
  options.set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, 2L);
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!client.certificates.empty()) {
    options.set(CURLOPT_CAINFO, client.certificates.c_str());
    options.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!client.unix_socket.empty()) {
    options.set(CURLOPT_UNIX_SOCKET_PATH, client.unix_socket.c_str());
    options.set(CURLOPT_PROXY, "");
  }
}

void set_redirects(Options& options, std::size_t redirects) {
  options.set(CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
  options.set(CURLOPT_MAXREDIRS, static_cast<long>(redirects));
}

void set_receiver(Options& options, Answer& answer, char* reason) {
  options.set(CURLOPT_HEADERFUNCTION, &Answer::take_line);
  options.set(CURLOPT_HEADERDATA, &answer);
  options.set(CURLOPT_WRITEFUNCTION, &Answer::take_body);
  options.set(CURLOPT_WRITEDATA, &answer);
  options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  options.set(CURLOPT_ERRORBUFFER, reason);
}

ErrorCode code_of(CURLcode code, const Answer& answer) {
  if (answer.is_too_large() || code == CURLE_OUT_OF_MEMORY) return ErrorCode::resource_exhausted;
  if (code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CACERT_BADFILE) return ErrorCode::invalid_argument;
  // The URL was checked before: what is not supported is HTTP/0.9, or where a redirection leads.
  if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL) return ErrorCode::corrupt;
  if (code == CURLE_FAILED_INIT || code == CURLE_BAD_FUNCTION_ARGUMENT || code == CURLE_UNKNOWN_OPTION) return ErrorCode::internal;
  return ErrorCode::unavailable;
}

/// Drives the one transfer of a multi handle to its end; nullopt where it was cancelled.
std::optional<CURLcode> drive(CURLM* multi, const CancelToken& cancel) {
  const std::stop_callback wake_up(cancel, [multi] { curl_multi_wakeup(multi); });
  int running = 1;
  while (!cancel.stop_requested()) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    curl_multi_poll(multi, nullptr, 0, kLongestWaitMilliseconds, nullptr);
  }
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;  // NOLINT(*-union-access): libcurl's interface
  }
  if (cancel.stop_requested()) return std::nullopt;
  return CURLE_FAILED_INIT;
}

/// Takes the transfer out of the multi handle again, however it ends.
class Attached {
 public:
  explicit Attached(Handle& handle) : handle_(handle) { curl_multi_add_handle(handle_.multi.get(), handle_.easy.get()); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  Attached(Attached&&) = delete;
  Attached& operator=(Attached&&) = delete;
  ~Attached() { curl_multi_remove_handle(handle_.multi.get(), handle_.easy.get()); }

 private:
  Handle& handle_;
};

}  // namespace

class HttpClient::Implementation {
 public:
  explicit Implementation(ClientOptions options) : options_(std::move(options)) {}

  Result<ClientResponse> send(const ClientRequest& request, const CancelToken& cancel) {
    if (auto checked = check(request); !checked) return fail(std::move(checked).error());
    Result<Url> url = parse_url(request.url);
    if (!url) return fail(std::move(url).error());
    Result<Handle> handle = take_handle();
    if (!handle) return fail(std::move(handle).error());
    Result<ClientResponse> response = exchange(*handle, request, *url, cancel);
    curl_easy_reset(handle->easy.get());  // it knows what has ended with the exchange
    // A handle whose exchange failed may be left in a state of its own; its connections are not worth that.
    if (response) give_back(std::move(*handle));
    return response;
  }

 private:
  /// What libcurl reads from and writes to during one exchange.
  struct Ends {
    explicit Ends(const ClientRequest& request) : answer(request.largest_answer), upload(request.body) {}
    Answer answer;
    Upload upload;
    std::array<char, CURL_ERROR_SIZE> reason{};
  };

  Result<ClientResponse> exchange(Handle& handle, const ClientRequest& request, const Url& url, const CancelToken& cancel) {
    const auto what = [&] { return fmt::format("{} {}{}", to_string(request.method), url.origin(), url.path); };
    const List headers = header_list(request.headers);
    if (!headers) return fail(ErrorCode::resource_exhausted, "{}: no memory for its headers", what());
    Ends ends(request);
    Answer& answer = ends.answer;
    const CURLcode prepared = prepare(handle, request, url, headers.get(), ends);
    if (prepared != CURLE_OK) return fail(code_of(prepared, answer), "{}: {}", what(), curl_easy_strerror(prepared));

    const std::optional<CURLcode> ended = transfer(handle, cancel);
    if (!ended) return fail(ErrorCode::cancelled, "{}: cancelled", what());
    if (answer.is_too_large()) {
      return fail(ErrorCode::resource_exhausted, "{}: the answer is larger than {} bytes, or its head than {}", what(),
                  request.largest_answer, kLargestHead);
    }
    if (*ended != CURLE_OK) {
      const std::string_view detail = ends.reason.front() != '\0' ? ends.reason.data() : curl_easy_strerror(*ended);
      return fail(code_of(*ended, answer), "{}: {}", what(), clip(printable_line(detail), kMaxShownReason));
    }
    long status = 0;
    curl_easy_getinfo(handle.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return std::move(answer).response(static_cast<int>(status));
  }

  static std::optional<CURLcode> transfer(Handle& handle, const CancelToken& cancel) {
    const Attached attached(handle);
    return drive(handle.multi.get(), cancel);
  }

  CURLcode prepare(Handle& handle, const ClientRequest& request, const Url& url, curl_slist* headers, Ends& ends) const {
    Options options(handle.easy.get());
    options.set(CURLOPT_URL, url.to_string().c_str());
    options.set(CURLOPT_PATH_AS_IS, 1L);
    options.set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    options.set(CURLOPT_HTTPHEADER, headers);
    set_method(options, request, ends.upload);
    set_deadlines(options, request.deadlines);
    set_trust(options, options_, url);
    set_redirects(options, request.redirects);
    set_receiver(options, ends.answer, ends.reason.data());
    return options.error();
  }

  /// The one given back last: its connections are the likeliest to be open still.
  Result<Handle> take_handle() {
    std::optional<Handle> idle = idle_.with([](std::vector<Handle>& handles) -> std::optional<Handle> {
      if (handles.empty()) return std::nullopt;
      Handle last = std::move(handles.back());
      handles.pop_back();
      return last;
    });
    if (idle) return std::move(*idle);
    return make_handle();
  }

  void give_back(Handle handle) {
    // Closing connections is input and output: what is not kept goes after the lock.
    std::optional<Handle> left = std::move(handle);
    idle_.with([&](std::vector<Handle>& handles) {
      if (handles.size() >= kKeptHandles) return;
      handles.push_back(std::move(*left));
      left.reset();
    });
  }

  const ClientOptions options_;
  Sync<std::vector<Handle>> idle_;
};

HttpClient::HttpClient(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(ClientOptions options) {
  // Once in a process, and never taken back: other threads may use libcurl until its end.
  static const CURLcode set_up = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (set_up != CURLE_OK) return fail(ErrorCode::internal, "libcurl cannot be set up: {}", curl_easy_strerror(set_up));
  if (!is_sendable({.name = "User-Agent", .value = options.user_agent})) {
    return fail(ErrorCode::invalid_argument, "the client's name cannot be sent: {}", printable_line(options.user_agent));
  }
  auto implementation = std::make_unique<Implementation>(std::move(options));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(implementation)));  // NOLINT(*-owning-memory): a private constructor
}

Result<ClientResponse> HttpClient::send(const ClientRequest& request, const CancelToken& cancel) {
  return implementation_->send(request, cancel);
}

}  // namespace ekaci::net
