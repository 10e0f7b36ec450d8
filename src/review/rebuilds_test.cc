#include "review/rebuilds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/closure.h"
#include "review/reach.h"

namespace ekaci::review {
namespace {

using graph::Graph;
using graph::NodeId;
using testing::ElementsAre;
using testing::IsEmpty;

StorePath numbered(std::uint32_t n, const std::string& name) {
  StoreHash hash{};
  for (std::size_t byte = 0; byte < 4; ++byte) hash[byte] = static_cast<std::uint8_t>(n >> (8 * byte));
  return StorePath::from_parts(hash, name + ".drv").value();
}

/// Nodes of one graph that has both sides; every node is another, whatever its name.
struct Made {
  Graph graph{};

  NodeId add(const std::string& name, const std::vector<NodeId>& inputs = {}) {
    return graph.add(numbered(graph.nodes().size(), name), inputs).value();
  }
  [[nodiscard]] Rebuilds find(const std::vector<NodeId>& base, const std::vector<RebuiltAttribute>& attributes) const {
    return find_rebuilds(graph.snapshot(), {.base = base, .attributes = attributes});
  }
  [[nodiscard]] StorePath path(NodeId node) const { return graph.nodes().path(node); }
};

/// zlib <- curl <- git, and a new zlib below both of the others.
TEST(FindRebuilds, LeadsEveryAttributeDownToTheOrigin) {
  Made made;
  const NodeId bash = made.add("bash");
  const NodeId zlib = made.add("zlib-1.2", {bash});
  const NodeId curl = made.add("curl", {bash, zlib});
  const NodeId git = made.add("git", {bash, curl});
  const NodeId new_zlib = made.add("zlib-1.3", {bash});
  const NodeId new_curl = made.add("curl", {bash, new_zlib});
  const NodeId new_git = made.add("git", {bash, new_curl});
  const Rebuilds found = made.find({bash, zlib, curl, git}, {{bash, bash}, {new_curl, curl}, {new_git, git}, {new_zlib, zlib}});
  EXPECT_THAT(found.derivations,
              ElementsAre(RebuiltDerivation{.head = made.path(new_zlib), .base = made.path(zlib)},
                          RebuiltDerivation{.head = made.path(new_curl), .base = made.path(curl), .towards = 0, .distance = 1},
                          RebuiltDerivation{.head = made.path(new_git), .base = made.path(git), .towards = 1, .distance = 2}));
  EXPECT_THAT(found.origins, ElementsAre(Origin{.derivation = 0, .attributes = 3, .explained = 3, .derivations = 3}));
  EXPECT_THAT(found.of_attributes, ElementsAre(std::nullopt, 1U, 2U, 0U));
  EXPECT_THAT(found.nodes, ElementsAre(new_zlib, new_curl, new_git));
  EXPECT_THAT(replaced_inputs(made.graph.snapshot(), found, new_git), ElementsAre(Replacement{made.path(curl), made.path(new_curl)}));
  EXPECT_THAT(replaced_inputs(made.graph.snapshot(), found, new_zlib), IsEmpty());
}

TEST(FindRebuilds, PrefersTheShortestWayThenTheWiderOrigin) {
  Made made;
  const NodeId narrow = made.add("narrow");
  const NodeId wide = made.add("wide");
  const NodeId other = made.add("other", {wide});
  const NodeId both = made.add("both", {narrow, wide});
  const NodeId far = made.add("far", {narrow, other});
  const Rebuilds found = made.find({}, {{other, {}}, {both, {}}, {far, {}}});
  ASSERT_EQ(found.origins.size(), 2U);
  EXPECT_EQ(found.derivations[found.origins[0].derivation].head, made.path(wide));
  EXPECT_EQ(found.origins[0].attributes, 3U);
  EXPECT_EQ(found.origins[0].explained, 2U);
  EXPECT_EQ(found.origins[1].attributes, 2U);
  EXPECT_EQ(found.origins[1].explained, 1U);
  EXPECT_EQ(found.derivations[*found.of_attributes[1]].origin, 0U);
  EXPECT_EQ(found.derivations[*found.of_attributes[2]].origin, 1U);
  EXPECT_EQ(found.derivations[*found.of_attributes[2]].distance, 1U);
}

TEST(FindRebuilds, KeepsOnlyStepsOfSomeWay) {
  Made made;
  const NodeId origin = made.add("origin");
  const NodeId detour = made.add("detour", {origin});
  const NodeId top = made.add("top", {origin, detour});
  const Rebuilds found = made.find({}, {{top, {}}});
  EXPECT_THAT(found.nodes, ElementsAre(origin, top));
  EXPECT_EQ(found.origins.at(0).derivations, 3U);
}

TEST(FindRebuilds, CountsAttributesOfOneDerivationEach) {
  Made made;
  const NodeId origin = made.add("origin");
  const NodeId top = made.add("top", {origin});
  const Rebuilds found = made.find({}, {{top, {}}, {top, {}}, {top, {}}});
  EXPECT_EQ(found.origins.at(0).attributes, 3U);
  EXPECT_EQ(found.origins.at(0).explained, 3U);
  EXPECT_EQ(found.origins.at(0).derivations, 2U);
}

TEST(FindRebuilds, FindsNothingWhereNothingIsNew) {
  Made made;
  const NodeId bash = made.add("bash");
  const NodeId top = made.add("top", {bash});
  const Rebuilds moved = made.find({top}, {{bash, top}});
  EXPECT_THAT(moved.derivations, IsEmpty());
  EXPECT_THAT(moved.origins, IsEmpty());
  EXPECT_THAT(moved.of_attributes, ElementsAre(std::nullopt));
  EXPECT_THAT(made.find({}, {}).of_attributes, IsEmpty());
}

/// A user at base and head with these inputs; gives the names paired, head first. The names of base stand in as many nodes.
std::vector<std::pair<std::string, std::string>> paired(const std::vector<std::string>& base, const std::vector<std::string>& head) {
  Made made;
  std::vector<NodeId> at_base;
  std::vector<NodeId> at_head;
  for (const std::string& name : base) at_base.push_back(made.add(name));
  for (const std::string& name : head) at_head.push_back(made.add(name));
  const NodeId user = made.add("user", at_base);
  const NodeId new_user = made.add("user", at_head);
  const Rebuilds found = made.find({user}, {{new_user, user}});
  std::vector<std::pair<std::string, std::string>> names;
  for (const Rebuilds::Replaced& pair : found.replaced) {
    if (pair.head != new_user) names.emplace_back(made.graph.nodes().name(pair.head), made.graph.nodes().name(pair.base));
  }
  std::ranges::sort(names);
  return names;
}

TEST(Pairing, MatchesInputsByName) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(paired({"gcc-12", "zlib-1.2"}, {"zlib-1.3", "gcc-12"}),
            (Pairs{{"gcc-12.drv", "gcc-12.drv"}, {"zlib-1.3.drv", "zlib-1.2.drv"}}));
  EXPECT_EQ(paired({"gcc-12"}, {"clang-12"}), Pairs{});
  EXPECT_EQ(paired({"x-1", "x-2"}, {"x-2", "x-3"}), (Pairs{{"x-2.drv", "x-2.drv"}, {"x-3.drv", "x-1.drv"}}));
  EXPECT_EQ(paired({"x-1.0", "x-1.0.tar.gz"}, {"x-1.1.tar.gz", "x-1.1"}),
            (Pairs{{"x-1.1.drv", "x-1.0.drv"}, {"x-1.1.tar.gz.drv", "x-1.0.tar.gz.drv"}}));
  EXPECT_EQ(paired({"x-1.0.tar.gz"}, {"x-1.1.tar.xz"}), (Pairs{{"x-1.1.tar.xz.drv", "x-1.0.tar.gz.drv"}}));
  EXPECT_EQ(paired({"source", "source"}, {"source", "source", "source"}), (Pairs(2, {"source.drv", "source.drv"})));
}

TEST(Pairing, LeavesAloneWhatTheUserStillHas) {
  Made made;
  const NodeId kept = made.add("zlib-1.2");
  const NodeId added = made.add("zlib-1.3");
  const NodeId user = made.add("user", {kept});
  const NodeId new_user = made.add("user", {kept, added});
  EXPECT_THAT(made.find({user}, {{new_user, user}}).derivations.at(0).base, std::nullopt);
}

TEST(Pairing, AnAttributesOwnBaseComesFirst) {
  Made made;
  const NodeId old_lib = made.add("lib-1");
  const NodeId older_lib = made.add("lib-0");
  const NodeId user = made.add("user", {old_lib});
  const NodeId new_lib = made.add("lib-2");
  const NodeId new_user = made.add("user", {new_lib});
  const Rebuilds found = made.find({user, older_lib}, {{new_user, user}, {new_lib, older_lib}});
  EXPECT_EQ(found.derivations.at(0).base, made.path(older_lib));
}

TEST(Pairing, DoesNotPairTwiceWithinOneUser) {
  Made made;
  const NodeId lib = made.add("lib-1");
  const NodeId user = made.add("user", {lib});
  const NodeId new_lib = made.add("lib-2");
  const NodeId more_lib = made.add("lib-3");
  const NodeId new_user = made.add("user", {new_lib, more_lib});
  const Rebuilds found = made.find({user, lib}, {{new_user, user}, {new_lib, lib}});
  EXPECT_EQ(found.derivations.at(0).base, made.path(lib));
  EXPECT_EQ(found.derivations.at(1), (RebuiltDerivation{.head = made.path(more_lib), .origin = found.derivations[1].origin}));
}

// A random graph of both sides.
struct RandomSides {
  Made made{};
  std::vector<NodeId> base{};
  std::vector<RebuiltAttribute> attributes{};

  [[nodiscard]] const graph::Snapshot& nodes() const { return made.graph.nodes(); }
  [[nodiscard]] Rebuilds find() const { return made.find(base, attributes); }
  [[nodiscard]] std::set<NodeId> is_new() const {
    std::vector<NodeId> heads;
    for (const RebuiltAttribute& attribute : attributes) heads.push_back(attribute.head);
    const std::vector<NodeId> found = graph::new_since(nodes(), base, heads);
    return {found.begin(), found.end()};
  }
};

RandomSides any_sides() {
  RandomSides sides;
  const int size = *rc::gen::inRange(1, 30);
  for (int n = 0; n < size; ++n) {
    std::vector<NodeId> inputs;
    for (std::uint32_t input = 0; input < sides.nodes().size(); ++input) {
      if (*rc::gen::element(0, 1, 2, 3, 4) == 0) inputs.push_back(NodeId{input});
    }
    sides.made.add(*rc::gen::element<std::string>("a-1", "a-2", "b-1", "b-2", "c"), inputs);
  }
  const auto any_node = [&] { return NodeId{static_cast<std::uint32_t>(*rc::gen::inRange(0, size))}; };
  for (int n = *rc::gen::inRange(0, 5); n > 0; --n) sides.base.push_back(any_node());
  for (int n = *rc::gen::inRange(0, 8); n > 0; --n) {
    RebuiltAttribute attribute{.head = any_node()};
    if (!sides.base.empty() && *rc::gen::arbitrary<bool>()) attribute.base = sides.base[static_cast<std::size_t>(n) % sides.base.size()];
    sides.attributes.push_back(attribute);
  }
  return sides;
}

/// The fewest steps over new nodes from a node to one without new inputs.
std::uint32_t naive_distance(const RandomSides& sides, const std::set<NodeId>& is_new, NodeId from) {
  std::set<NodeId> level = {from};
  for (std::uint32_t distance = 0;; ++distance) {
    std::set<NodeId> below;
    for (const NodeId node : level) {
      std::set<NodeId> inputs;
      for (const NodeId input : sides.nodes().inputs(node)) {
        if (is_new.contains(input)) inputs.insert(input);
      }
      if (inputs.empty()) return distance;
      below.merge(inputs);
    }
    level = std::move(below);
  }
}

TEST(FindRebuildsProperty, WaysAreTheShortestAndGoOverNewNodes) {
  EXPECT_TRUE(rc::check([] {
    const RandomSides sides = any_sides();
    const std::set<NodeId> is_new = sides.is_new();
    const Rebuilds found = sides.find();
    for (std::size_t n = 0; n < found.derivations.size(); ++n) {
      const RebuiltDerivation& step = found.derivations[n];
      RC_ASSERT(is_new.contains(found.nodes[n]));
      RC_ASSERT(step.head == sides.made.path(found.nodes[n]));
      RC_ASSERT(step.distance == naive_distance(sides, is_new, found.nodes[n]));
      RC_ASSERT(step.towards.has_value() == (step.distance > 0));
      if (!step.towards) {
        RC_ASSERT(found.origins.at(step.origin).derivation == n);
        continue;
      }
      RC_ASSERT(*step.towards < n);
      RC_ASSERT(std::ranges::count(sides.nodes().inputs(found.nodes[n]), found.nodes[*step.towards]) == 1);
      RC_ASSERT(found.derivations[*step.towards].distance + 1 == step.distance);
      RC_ASSERT(found.derivations[*step.towards].origin == step.origin);
    }
  }));
}

TEST(FindRebuildsProperty, EveryAttributeThatIsNewHasAWay) {
  EXPECT_TRUE(rc::check([] {
    const RandomSides sides = any_sides();
    const std::set<NodeId> is_new = sides.is_new();
    const Rebuilds found = sides.find();
    RC_ASSERT(found.of_attributes.size() == sides.attributes.size());
    std::uint64_t with_way = 0;
    for (std::size_t n = 0; n < sides.attributes.size(); ++n) {
      RC_ASSERT(found.of_attributes[n].has_value() == is_new.contains(sides.attributes[n].head));
      if (!found.of_attributes[n]) continue;
      RC_ASSERT(found.nodes.at(*found.of_attributes[n]) == sides.attributes[n].head);
      ++with_way;
    }
    std::uint64_t explained = 0;
    for (const Origin& origin : found.origins) explained += origin.explained;
    RC_ASSERT(explained == with_way);
  }));
}

TEST(FindRebuildsProperty, OriginsReachWhatIsAboveThem) {
  EXPECT_TRUE(rc::check([] {
    const RandomSides sides = any_sides();
    const std::set<NodeId> is_new = sides.is_new();
    const Rebuilds found = sides.find();
    const graph::ReverseEdges edges(sides.nodes());
    std::set<NodeId> origins;
    for (const Origin& origin : found.origins) {
      const NodeId node = found.nodes.at(origin.derivation);
      origins.insert(node);
      const graph::NodeSet above = graph::users_closure(edges, std::vector{node});
      const auto is_above = [&](NodeId user) { return above.contains(user); };
      RC_ASSERT(origin.derivations == static_cast<std::uint64_t>(std::ranges::count_if(is_new, is_above)));
      RC_ASSERT(origin.attributes ==
                static_cast<std::uint64_t>(std::ranges::count_if(sides.attributes, is_above, &RebuiltAttribute::head)));
    }
    std::set<NodeId> expected;
    for (const NodeId node : is_new) {
      if (naive_distance(sides, is_new, node) == 0) expected.insert(node);
    }
    RC_ASSERT(origins == expected);
    RC_ASSERT(origins.size() == found.origins.size());
    RC_ASSERT(std::ranges::is_sorted(found.origins, std::ranges::greater(), &Origin::attributes));
  }));
}

TEST(FindRebuildsProperty, PairsHaveAReasonAndAreOneToOneWithinAUser) {
  EXPECT_TRUE(rc::check([] {
    const RandomSides sides = any_sides();
    const std::set<NodeId> is_new = sides.is_new();
    const Rebuilds found = sides.find();
    std::map<NodeId, NodeId> base_of;
    for (const Rebuilds::Replaced& pair : found.replaced) RC_ASSERT(base_of.emplace(pair.head, pair.base).second);
    std::set<std::pair<NodeId, NodeId>> only_reasons;  // the one user that a pair can come from, and the base
    for (const auto& [head, base] : base_of) {
      RC_ASSERT(is_new.contains(head));
      const bool is_own = std::ranges::any_of(
          sides.attributes, [&](const RebuiltAttribute& attribute) { return attribute.head == head && attribute.base.has_value(); });
      if (is_own) continue;
      std::vector<NodeId> users;
      for (const auto& [user, user_base] : base_of) {
        const auto inputs = sides.nodes().inputs(user);
        const auto base_inputs = sides.nodes().inputs(user_base);
        if (std::ranges::count(inputs, head) == 1 && std::ranges::count(inputs, base) == 0 && std::ranges::count(base_inputs, base) == 1) {
          users.push_back(user);
        }
      }
      RC_ASSERT(!users.empty());
      if (users.size() == 1) RC_ASSERT(only_reasons.emplace(users.front(), base).second);
      const std::string_view name = sides.nodes().name(head);
      RC_ASSERT(name.front() == sides.nodes().name(base).front());
    }
  }));
}

TEST(FindRebuildsProperty, DoesNotDependOnIds) {
  EXPECT_TRUE(rc::check([] {
    const RandomSides sides = any_sides();
    const Rebuilds found = sides.find();
    // The same derivations with others in between.
    RandomSides moved;
    std::vector<NodeId> place;
    for (std::uint32_t n = 0; n < sides.nodes().size(); ++n) {
      if (*rc::gen::arbitrary<bool>()) RC_ASSERT(moved.made.graph.add(numbered(1000 + n, "other"), {}));
      std::vector<NodeId> inputs;
      for (const NodeId input : sides.nodes().inputs(NodeId{n})) inputs.push_back(place[input.value]);
      place.push_back(moved.made.graph.add(sides.made.path(NodeId{n}), inputs).value());
    }
    for (const NodeId node : sides.base) moved.base.push_back(place[node.value]);
    for (const RebuiltAttribute& attribute : sides.attributes) {
      moved.attributes.push_back({.head = place[attribute.head.value], .base = {}});
      if (attribute.base) moved.attributes.back().base = place[attribute.base->value];
    }
    RC_ASSERT(moved.find().derivations == found.derivations);
    RC_ASSERT(moved.find().origins == found.origins);
  }));
}

TEST(Reach, IsWholeBeyondOneBatchAndOneByteOfCounts) {
  Made made;
  std::vector<NodeId> sources;
  for (int n = 0; n < 1200; ++n) sources.push_back(made.add("source"));
  const NodeId middle = made.add("middle", sources);
  std::vector<NodeId> all = sources;
  all.push_back(middle);
  for (int n = 0; n < 600; ++n) all.push_back(made.add("top", {middle}));
  const NewNodes nodes(made.graph.nodes(), all);
  std::vector<NewNodes::Number> numbers;
  for (NewNodes::Number n = 0; n < 1200; ++n) numbers.push_back(n);
  std::vector<std::uint32_t> attributes(nodes.size(), 0);
  attributes[7] = 5;
  attributes.back() = 1000;
  const std::vector<Reach> reaches = reach_of(nodes, numbers, attributes);
  for (std::size_t n = 0; n < reaches.size(); ++n) {
    ASSERT_EQ(reaches[n], (Reach{.attributes = n == 7 ? 1005U : 1000U, .derivations = 602})) << n;
  }
}

}  // namespace
}  // namespace ekaci::review
