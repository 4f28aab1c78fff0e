#pragma once

#include <bit>
#include <cstddef>
#include <vector>

namespace customerhealth::metrics {

/// What a row of leaves makes together, from left to right, while leaves come and go: each change joins anew the nodes
/// above the leaf, as many as the number of leaves has binary digits. `Node{}` is nothing, and
/// `Node::joined(left, right)` is what two neighbours make; it is associative.
template <class Node>
class EntryTree {
 public:
  void clear(std::size_t leaves) {
    first_leaf_ = std::bit_ceil(leaves + 1);
    nodes_.assign(2 * first_leaf_, Node{});
  }
  void set(std::size_t leaf, const Node& node) {
    std::size_t at = first_leaf_ + leaf;
    nodes_[at] = node;
    for (at /= 2; at > 0; at /= 2) nodes_[at] = Node::joined(nodes_[2 * at], nodes_[2 * at + 1]);
  }
  [[nodiscard]] const Node& leaf(std::size_t leaf) const noexcept { return nodes_[first_leaf_ + leaf]; }
  [[nodiscard]] const Node& all() const noexcept { return nodes_[1]; }

 private:
  std::size_t first_leaf_ = 1;
  std::vector<Node> nodes_;
};

}  // namespace customerhealth::metrics
