#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Numbers for Prometheus (prometheus.io/docs/concepts/metric_types). A thin layer over prometheus-cpp that keeps two promises: there is no
/// metric but those of one table, which documentation is held against; and no label has values beyond a fixed list, so that nobody
/// outside can make a server remember more and more of them.
namespace ekaci {

enum class MetricKind {
  counter,    ///< only grows, from 0 at the start of the process
  gauge,      ///< goes up and down
  histogram,  ///< how many values there were in each range
};
std::string_view to_string(MetricKind kind);

enum class MetricSource {
  counted,  ///< Metrics is told each time something happens
  read,     ///< looked up when someone asks
};

/// A label and all its values. A value that is not in the list becomes the last of it.
struct MetricLabel {
  std::string_view name{};
  std::span<const std::string_view> values{};
};

/// What a metric is. Lives as long as the program.
struct MetricDescription {
  std::string_view name{};  ///< as Prometheus wants it: unit and `_total` at the end
  MetricKind kind = MetricKind::gauge;
  MetricSource source = MetricSource::read;
  std::string_view help{};  ///< one sentence
  std::span<const MetricLabel> labels{};
  std::span<const double> buckets{};  ///< of a histogram: the ranges' upper ends, rising
};

/// Values of a metric's labels, in the order of the labels.
using LabelValues = std::initializer_list<std::string_view>;

/// Takes the values of metrics that are read. One thread, within a call of MetricReader.
class MetricReadings {
 public:
  MetricReadings();
  MetricReadings(const MetricReadings&) = delete;
  MetricReadings& operator=(const MetricReadings&) = delete;
  MetricReadings(MetricReadings&&) = delete;
  MetricReadings& operator=(MetricReadings&&) = delete;
  ~MetricReadings();
  /// A counter's or gauge's value. A metric of which nothing is told is left out of the answer: it is not known.
  void tell(const MetricDescription& metric, double value, LabelValues labels = {});

 private:
  friend class Metrics;
  struct State;
  std::unique_ptr<State> state_;
};
/// Called for each answer, by the thread that asks; may block for as long as an answer may take.
using MetricReader = std::function<void(MetricReadings&)>;

/// The metrics of a table. Any thread.
class Metrics {
 public:
  /// The table lives as long as this. Names in it are valid and each is there once.
  explicit Metrics(std::span<const MetricDescription* const> table);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  Metrics(Metrics&&) = delete;
  Metrics& operator=(Metrics&&) = delete;
  ~Metrics();

  /// One more. Of a counter of the table that is counted; nothing where it is none.
  void count(const MetricDescription& metric, LabelValues labels = {});
  /// A value that there was. Of a histogram of the table; nothing where it is none.
  void observe(const MetricDescription& metric, double value);
  /// Who is asked for what is read. Before the first exposition().
  void read_with(MetricReader reader);

  /// All of it in the text format (prometheus.io/docs/instrumenting/exposition_formats, 0.0.4), by name.
  [[nodiscard]] std::string exposition() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The media type of Metrics::exposition().
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace ekaci
