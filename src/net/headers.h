#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::net {

/// One field of a message's head.
struct Field {
  std::string name{};
  std::string value{};
  friend bool operator==(const Field&, const Field&) = default;
};

/// The fields of a message's head, in the order in which they came. Names are compared without regard to case (ASCII). Checks nothing:
/// see is_sendable().
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// One more, beside others of that name.
  void add(std::string name, std::string value);
  /// This one, instead of all others of that name.
  void set(std::string name, std::string value);

  /// The first value of that name. Valid until the headers change.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;
  /// All values of that name as one list, joined by `, `, as RFC 9110 section 5.3 allows; nullopt where there is none.
  [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }

  friend bool operator==(const Headers&, const Headers&) = default;

 private:
  std::vector<Field> fields_;
};

/// Whether two texts are equal but for the case of ASCII letters.
bool is_equal_ignoring_case(std::string_view a, std::string_view b);

/// Whether this can stand in a message's head: the name is a token (RFC 9110 section 5.6.2) and the value has no control character but
/// tab, so that nothing in it can begin another field.
bool is_sendable(const Field& field);

}  // namespace ekaci::net
