#include "nix/daemon_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "drv/derivation.h"
#include "drv/inputs.h"
#include "drv/store_path_hash.h"

namespace ekaci::nix {
namespace {

using wire::Addition;
using wire::AddMethod;

/// Of texts that are looked into; Nix reads them into memory as well.
constexpr std::size_t kLongestText = drv::kMaxDerivationSize;
constexpr std::size_t kHashCharacters = 32;

bool is(const Result<StorePath>& made, const StorePath& path) { return made && *made == path; }

/// makeTextPath; references by their text.
Result<StorePath> text_path(std::string_view hash, std::span<const StorePath> references, std::string_view name) {
  std::vector<std::string> written;
  written.reserve(references.size());
  for (const StorePath& reference : references) written.push_back(reference.to_string());
  std::ranges::sort(written);
  std::string type = "text";
  for (const std::string& reference : written) type += ":" + reference;
  return drv::store_path_of(type, hash, name);
}

std::optional<Addition> as_text(const StorePath& path, std::string_view content, std::vector<StorePath> references) {
  if (!is(text_path(to_hex(sha256(content)), references, path.name()), path)) return std::nullopt;
  return Addition{.name = path.name(), .method = AddMethod::text, .references = std::move(references)};
}

std::vector<StorePath> references_of(const drv::Inputs& inputs) {
  std::vector<StorePath> references;
  references.reserve(inputs.derivations.size() + inputs.sources.size());
  for (const drv::InputView& input : inputs.derivations) references.emplace_back(input.path);
  for (const StorePathView& source : inputs.sources) references.emplace_back(source);
  std::ranges::sort(references);
  const auto doubles = std::ranges::unique(references);
  references.erase(doubles.begin(), doubles.end());
  return references;
}

std::optional<Addition> as_some_text(const StorePath& path, std::string_view content) {
  if (path.is_derivation()) {
    const Result<drv::Inputs> inputs = drv::parse_inputs(content);
    return inputs ? as_text(path, content, references_of(*inputs)) : std::nullopt;
  }
  if (std::optional<Addition> found = as_text(path, content, {})) return found;
  std::vector<StorePath> named = named_paths(content);
  return named.empty() ? std::nullopt : as_text(path, content, std::move(named));
}

/// What is known of a regular file after one reading.
struct FlatFile {
  std::string content{};  ///< as much of it as a text may have
  std::uint64_t size = 0;
  std::string hash{};
};

Result<FlatFile> read_flat(const FileAt& file) {
  FlatFile flat;
  Sha256Hasher hasher;
  const Status read = write_content(file, [&](std::string_view part) -> Status {
    hasher.update(part);
    flat.size += part.size();
    if (flat.size <= kLongestText) flat.content += part;
    return {};
  });
  if (!read) return fail(read.error());
  flat.hash = to_hex(hasher.finish());
  return flat;
}

std::optional<Addition> as_flat(const StorePath& path, const FlatFile& flat) {
  const std::string inner = to_hex(sha256(fmt::format("fixed:out:sha256:{}:", flat.hash)));
  if (!is(drv::store_path_of("output:out", inner, path.name()), path)) return std::nullopt;
  return Addition{.name = path.name(), .method = AddMethod::flat};
}

Result<std::optional<Addition>> as_archive(const StorePath& path, const FileAt& file) {
  Sha256Hasher hasher;
  const Status written = write_nar(file, [&](std::string_view part) -> Status {
    hasher.update(part);
    return {};
  });
  if (!written) return fail(written.error());
  if (!is(drv::store_path_of("source", to_hex(hasher.finish()), path.name()), path)) return std::nullopt;
  return Addition{.name = path.name(), .method = AddMethod::nar};
}

/// Texts are tried first: most of what is added is small.
Result<std::optional<Addition>> try_all(const StorePath& path, const FileAt& file) {
  const Result<FileKind> kind = kind_of(file);
  if (!kind) return fail(kind.error());
  if (*kind == FileKind::regular) {
    const Result<FlatFile> flat = read_flat(file);
    if (!flat) return fail(flat.error());
    if (flat->size <= kLongestText) {
      if (std::optional<Addition> text = as_some_text(path, flat->content)) return text;
    }
    if (std::optional<Addition> found = as_flat(path, *flat)) return found;
  }
  return as_archive(path, file);
}

}  // namespace

std::vector<StorePath> named_paths(std::string_view text) {
  std::vector<StorePath> found;
  const std::string begin = std::string(StorePath::kStoreDirectory) + "/";
  const auto in_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("+-._?=").find(c) != std::string_view::npos;
  };
  for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
    const std::string_view rest = text.substr(at + begin.size());
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(rest, in_name) - rest.begin());
    if (length <= kHashCharacters) continue;
    if (Result<StorePath> path = StorePath::parse_base_name(rest.substr(0, length))) found.push_back(std::move(*path));
  }
  std::ranges::sort(found);
  const auto doubles = std::ranges::unique(found);
  found.erase(doubles.begin(), doubles.end());
  return found;
}

Result<Addition> identify(const StorePath& path, const FileAt& file) {
  Result<std::optional<Addition>> found = try_all(path, file);
  if (!found && found.error().code() == ErrorCode::not_found) {
    return fail(ErrorCode::invalid_argument, "{} is not there", path.to_string());
  }
  if (!found) return fail(found.error(), "reading " + path.to_string());
  if (std::optional<Addition>& addition = *found) return std::move(*addition);
  return fail(ErrorCode::invalid_argument,
              "{} cannot be taken over: its content is not what its name stands for, so anyone may have written it", path.to_string());
}

Status write_addition(const Addition& addition, const FileAt& file, const ByteSink& sink) {
  switch (addition.method) {
    case AddMethod::text:
    case AddMethod::flat:
      return write_content(file, sink);
    case AddMethod::nar:
      return write_nar(file, sink);
  }
  return {};
}

}  // namespace ekaci::nix
