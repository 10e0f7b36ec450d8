#include "model/metadata.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ekaci {
namespace {

using AspectName = std::pair<MetadataAspect, std::string_view>;
constexpr std::array<AspectName, 8> kAspects = {{{MetadataAspect::name, "name"},
                                                 {MetadataAspect::version, "version"},
                                                 {MetadataAspect::licences, "licences"},
                                                 {MetadataAspect::maintainers, "maintainers"},
                                                 {MetadataAspect::broken, "broken"},
                                                 {MetadataAspect::insecure, "insecure"},
                                                 {MetadataAspect::description, "description"},
                                                 {MetadataAspect::unreadable, "unreadable"}}};

}  // namespace

std::string_view to_string(MetadataAspect aspect) { return std::ranges::find(kAspects, aspect, &AspectName::first)->second; }

std::optional<MetadataAspect> parse_metadata_aspect(std::string_view text) {
  const auto* const found = std::ranges::find(kAspects, text, &AspectName::second);
  if (found == kAspects.end()) return std::nullopt;
  return found->first;
}

std::set<MetadataAspect> differing_aspects(const std::optional<Metadata>& base, const std::optional<Metadata>& head) {
  using enum MetadataAspect;
  if (!base || !head) return {};
  if (base->problem.empty() != head->problem.empty()) return {unreadable};
  std::set<MetadataAspect> aspects;
  if (base->pname != head->pname) aspects.insert(name);
  if (base->version != head->version) aspects.insert(version);
  if (base->licences != head->licences) aspects.insert(licences);
  if (base->maintainers != head->maintainers) aspects.insert(maintainers);
  if (base->broken != head->broken) aspects.insert(broken);
  if (base->insecure != head->insecure || base->vulnerabilities != head->vulnerabilities) aspects.insert(insecure);
  if (base->description != head->description) aspects.insert(description);
  return aspects;
}

}  // namespace ekaci
