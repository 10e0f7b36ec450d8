#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

namespace ekaci {
namespace {

/// The value as it is shown: one of the list.
std::string_view listed(const MetricLabel& label, std::string_view value) {
  const auto found = std::ranges::find(label.values, value);
  return found == label.values.end() ? label.values.back() : *found;
}

/// Calls `use` with each label and its value; labels without one are left out.
template <class Use>
void each_label(const MetricDescription& metric, LabelValues values, const Use& use) {
  const std::size_t count = std::min(metric.labels.size(), values.size());
  for (std::size_t i = 0; i < count; ++i) {
    const MetricLabel& label = metric.labels[i];
    use(std::string(label.name), std::string(listed(label, *(values.begin() + i))));
  }
}

prometheus::Labels labels_of(const MetricDescription& metric, LabelValues values) {
  prometheus::Labels labels;
  each_label(metric, values, [&](std::string name, std::string value) { labels.emplace(std::move(name), std::move(value)); });
  return labels;
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

}  // namespace

std::string_view to_string(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return "counter";
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::histogram:
      break;
  }
  return "histogram";
}

struct MetricReadings::State {
  std::map<std::string_view, prometheus::MetricFamily> families{};
};

MetricReadings::MetricReadings() : state_(std::make_unique<State>()) {}

MetricReadings::~MetricReadings() = default;

void MetricReadings::tell(const MetricDescription& metric, double value, LabelValues labels) {
  prometheus::MetricFamily& family = state_->families[metric.name];
  family.name = metric.name;
  family.help = metric.help;
  family.type = type_of(metric.kind);
  prometheus::ClientMetric& told = family.metric.emplace_back();
  each_label(metric, labels, [&](std::string name, std::string text) { told.label.push_back({std::move(name), std::move(text)}); });
  if (metric.kind == MetricKind::counter) {
    told.counter.value = value;
  } else {
    told.gauge.value = value;
  }
}

struct Metrics::State {
  prometheus::Registry registry{};
  std::map<std::string_view, prometheus::Family<prometheus::Counter>*> counters{};
  std::map<std::string_view, prometheus::Histogram*> histograms{};
  std::vector<MetricReader> readers{};

  void add_counter(const MetricDescription& metric) {
    auto& family = prometheus::BuildCounter().Name(std::string(metric.name)).Help(std::string(metric.help)).Register(registry);
    counters.emplace(metric.name, &family);
    // Where there are few series they are there from the start: what was never counted is 0, and not unknown.
    if (metric.labels.empty()) family.Add({});
    if (metric.labels.size() != 1) return;
    for (const std::string_view value : metric.labels.front().values) family.Add(labels_of(metric, {value}));
  }
  void add_histogram(const MetricDescription& metric) {
    auto& family = prometheus::BuildHistogram().Name(std::string(metric.name)).Help(std::string(metric.help)).Register(registry);
    const prometheus::Histogram::BucketBoundaries ends(metric.buckets.begin(), metric.buckets.end());
    histograms.emplace(metric.name, &family.Add({}, ends));
  }
};

Metrics::Metrics(std::span<const MetricDescription* const> table) : state_(std::make_unique<State>()) {
  for (const MetricDescription* metric : table) {
    if (metric->source == MetricSource::read) continue;
    if (metric->kind == MetricKind::counter) state_->add_counter(*metric);
    if (metric->kind == MetricKind::histogram) state_->add_histogram(*metric);
  }
}

Metrics::~Metrics() = default;

void Metrics::count(const MetricDescription& metric, LabelValues labels) {
  const auto found = state_->counters.find(metric.name);
  if (found != state_->counters.end()) found->second->Add(labels_of(metric, labels)).Increment();
}

void Metrics::observe(const MetricDescription& metric, double value) {
  const auto found = state_->histograms.find(metric.name);
  if (found != state_->histograms.end()) found->second->Observe(value);
}

void Metrics::read_with(MetricReader reader) { state_->readers.push_back(std::move(reader)); }

std::string Metrics::exposition() const {
  MetricReadings readings;
  for (const MetricReader& reader : state_->readers) reader(readings);
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  for (auto& [name, family] : readings.state_->families) families.push_back(std::move(family));
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace ekaci
