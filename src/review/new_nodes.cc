#include "review/new_nodes.h"

#include <utility>

namespace ekaci::review {

NewNodes::NewNodes(const graph::Snapshot& graph, std::vector<graph::NodeId> nodes)
    : graph_(&graph), nodes_(std::move(nodes)), numbers_(graph.size(), kNone) {
  for (Number n = 0; n < size(); ++n) numbers_[nodes_[n].value] = n;
  first_input_.reserve(nodes_.size() + 1);
  for (const graph::NodeId node : nodes_) {
    first_input_.push_back(static_cast<Number>(inputs_.size()));
    for (const graph::NodeId input : graph.inputs(node)) {
      if (numbers_[input.value] != kNone) inputs_.push_back(numbers_[input.value]);
    }
  }
  first_input_.push_back(static_cast<Number>(inputs_.size()));
}

}  // namespace ekaci::review
