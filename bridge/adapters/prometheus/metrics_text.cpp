// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/prometheus/metrics_text.hpp"

#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace rollcall {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// Collects families; each value has its labels.
class Families {
 public:
  void begin(std::string name, std::string help, MetricType type) {
    families_.push_back({"rollcall_" + std::move(name), std::move(help), type, {}});
  }
  void add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void add(std::uint64_t value, Labels labels = {}) { add(static_cast<double>(value), std::move(labels)); }
  void add(const DurationHistogram& histogram) {
    ClientMetric metric;
    metric.histogram.sample_count = histogram.count();
    metric.histogram.sample_sum = histogram.sum();
    for (std::size_t bound = 0; bound < DurationHistogram::kBounds.size(); ++bound)
      metric.histogram.bucket.push_back({histogram.count_up_to(bound), DurationHistogram::kBounds[bound]});
    families_.back().metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_fleet(const BridgeMetrics& bridge, Families& families) {
  families.begin("devices", "Devices by template and status", MetricType::Gauge);
  for (const auto& [name, statuses] : bridge.fleet.templates) {
    for (const auto& [status, count] : statuses)
      families.add(count, {{"template", name}, {"status", status}});
  }
  families.begin("devices_connected", "Devices with a live connection", MetricType::Gauge);
  families.add(bridge.fleet.connected);
  families.begin("devices_flapping", "Devices that come and go too often", MetricType::Gauge);
  families.add(bridge.fleet.flapping);
  families.begin("transitions_total", "Changes of status by template, new status and cause",
                 MetricType::Counter);
  for (const auto& [key, count] : bridge.transitions)
    families.add(count, {{"template", key.template_name}, {"status", key.status}, {"cause", key.cause}});
  families.begin("refused_newcomers_total", "Contacts of clients that were refused to become devices",
                 MetricType::Counter);
  families.add(bridge.refused_newcomers);
}

void add_brokers(const BridgeMetrics& bridge, Families& families) {
  families.begin("events_total", "What the plugins told, by broker and kind", MetricType::Counter);
  for (const auto& broker : bridge.brokers) {
    const BrokerCounts& counts = broker.counts;
    const auto add = [&](const char* kind, std::uint64_t count) {
      families.add(count, {{"broker", broker.name}, {"kind", kind}});
    };
    add("connect", counts.connects);
    add("disconnect", counts.disconnects);
    add("report", counts.reports);
    add("activity", counts.activities);
    add("declaration", counts.declarations);
  }
  const auto add_counter = [&](const char* name, const char* help, std::uint64_t BrokerCounts::*count) {
    families.begin(name, help, MetricType::Counter);
    for (const auto& broker : bridge.brokers) families.add(broker.counts.*count, {{"broker", broker.name}});
  };
  add_counter("gaps_total", "Gaps in the event stream, each made up for by a snapshot", &BrokerCounts::gaps);
  add_counter("lists_total", "Snapshots of who is connected", &BrokerCounts::snapshots);
  add_counter("outages_total", "Outages of the broker", &BrokerCounts::outages);
  families.begin("broker_link_up", "Whether the bridge is connected to the broker", MetricType::Gauge);
  for (const auto& broker : bridge.brokers) families.add(broker.is_up ? 1.0 : 0.0, {{"broker", broker.name}});
}

void add_pipeline(const BridgeMetrics& bridge, Families& families) {
  families.begin("publish_latency_seconds",
                 "From an event at a broker to the acknowledgement of the status that came of it",
                 MetricType::Histogram);
  families.add(bridge.publish_latency);
  families.begin("backlog", "Messages that no broker has acknowledged yet", MetricType::Gauge);
  families.add(bridge.backlog);
  families.begin("store_commits_total", "Batches that were stored", MetricType::Counter);
  families.add(bridge.store_commits);
  families.begin("store_failures_total", "Batches that could not be stored, each try", MetricType::Counter);
  families.add(bridge.store_failures);
  families.begin("store_queue", "Devices and timeline rows that aren't stored yet", MetricType::Gauge);
  families.add(bridge.store_queue);
}

void add_channels(const BridgeMetrics& bridge, Families& families) {
  families.begin("notifications_total", "What became of notifications, by channel and result",
                 MetricType::Counter);
  for (const auto& [name, counts] : bridge.channels) {
    families.add(counts.delivered, {{"channel", name}, {"result", "delivered"}});
    families.add(counts.failed, {{"channel", name}, {"result", "failed"}});
    families.add(counts.dead, {{"channel", name}, {"result", "dead"}});
  }
  families.begin("notifications_waiting", "Notifications that a channel hasn't taken yet", MetricType::Gauge);
  for (const auto& [name, counts] : bridge.channels) families.add(counts.waiting, {{"channel", name}});
}

void add_commands(const CommandCounts& counts, Families& families) {
  families.begin("commands_total", "Messages to devices that were refused or kept, and what became of these",
                 MetricType::Counter);
  const auto add = [&](const char* result, std::uint64_t count) {
    families.add(count, {{"result", result}});
  };
  add("denied", counts.denied);
  add("queued", counts.queued);
  add("delivered", counts.delivered);
  add("expired", counts.expired);
  add("dropped", counts.dropped);
}

void add_http(const HttpMetrics& http, Families& families) {
  families.begin("http_requests_total", "HTTP requests by route and status", MetricType::Counter);
  for (const auto& [key, count] : http.requests)
    families.add(count, {{"route", key.route}, {"code", std::to_string(key.status)}});
  families.begin("http_request_seconds", "From an HTTP request to its answer", MetricType::Histogram);
  families.add(http.seconds);
  families.begin("http_streams", "Live streams that are open", MetricType::Gauge);
  families.add(http.streams);
}

}  // namespace

std::string metrics_text(const BridgeMetrics& bridge, const HttpMetrics& http) {
  Families families;
  add_fleet(bridge, families);
  add_brokers(bridge, families);
  add_pipeline(bridge, families);
  add_channels(bridge, families);
  add_commands(bridge.commands, families);
  add_http(http, families);
  families.begin("build_info", "The version of the bridge", MetricType::Gauge);
  families.add(1.0, {{"version", bridge.version}});
  return families.text();
}

}  // namespace rollcall
