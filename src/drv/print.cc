#include "drv/derivation.h"
#include "drv/head.h"

namespace ekaci::drv {
namespace {

void print_raw(std::string& out, std::string_view text) {
  out += '"';
  out += text;
  out += '"';
}

void print_escaped(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  out += '"';
}

/// `[item,item,…]`
template <class Items, class Print>
void print_list(std::string& out, const Items& items, Print print_item) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    print_item(item);
  }
  out += ']';
}

/// The second to fourth field of an output.
struct AddressFields {
  std::string path{};
  std::string hashing{};
  std::string hash{};
};

struct FieldsOf {
  AddressFields operator()(const InputAddressedOutput& output) const { return {.path = output.path.to_string()}; }
  AddressFields operator()(const FixedOutput& output) const {
    return {.path = output.path.to_string(), .hashing = output.hashing.to_string(), .hash = output.hash};
  }
  AddressFields operator()(const FloatingOutput& output) const { return {.hashing = output.hashing.to_string()}; }
  AddressFields operator()(const DeferredOutput& /*output*/) const { return {}; }
  AddressFields operator()(const ImpureOutput& output) const {
    return {.hashing = output.hashing.to_string(), .hash = std::string(kImpure)};
  }
};

void print_output(std::string& out, const Output& output) {
  const AddressFields fields = std::visit(FieldsOf{}, output.address);
  out += '(';
  print_raw(out, output.name);
  for (const std::string* field : {&fields.path, &fields.hashing, &fields.hash}) {
    out += ',';
    print_raw(out, *field);
  }
  out += ')';
}

void print_input(std::string& out, const InputDerivation& input) {
  out += '(';
  print_raw(out, input.path.to_string());
  out += ',';
  print_list(out, input.outputs, [&](const std::string& name) { print_raw(out, name); });
  out += ')';
}

void print_variable(std::string& out, const std::pair<std::string, std::string>& variable) {
  out += '(';
  print_escaped(out, variable.first);
  out += ',';
  print_escaped(out, variable.second);
  out += ')';
}

}  // namespace

std::string print(const Derivation& derivation) {
  std::string out = "Derive(";
  print_list(out, derivation.outputs, [&](const Output& output) { print_output(out, output); });
  out += ',';
  print_list(out, derivation.input_derivations, [&](const InputDerivation& input) { print_input(out, input); });
  out += ',';
  print_list(out, derivation.input_sources, [&](const StorePath& source) { print_raw(out, source.to_string()); });
  out += ',';
  print_raw(out, derivation.system);
  out += ',';
  print_escaped(out, derivation.builder);
  out += ',';
  print_list(out, derivation.arguments, [&](const std::string& argument) { print_escaped(out, argument); });
  out += ',';
  print_list(out, derivation.environment, [&](const auto& variable) { print_variable(out, variable); });
  out += ')';
  return out;
}

}  // namespace ekaci::drv
