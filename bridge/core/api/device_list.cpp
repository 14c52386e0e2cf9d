// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/device_list.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/api/bulk_action.hpp"
#include "topics/payloads.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMostLimit = 1000;
constexpr std::size_t kPayloadsPerPortion = 250;

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

/// Where a list goes on: behind a device, or at a position of a list that is kept.
struct Cursor {
  std::string after;
  std::uint64_t list = 0;
  std::size_t position = 0;
};

std::string to_text(const Cursor& cursor) {
  if (cursor.list == 0) return "d" + hex(cursor.after);
  return fmt::format("l{:x}-{:x}", cursor.list, cursor.position);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  if (text.starts_with('d')) {
    auto after = from_hex(text.substr(1));
    if (!after || after->empty()) return std::nullopt;
    cursor.after = *std::move(after);
    return cursor;
  }
  if (!text.starts_with('l')) return std::nullopt;
  const auto* const end = text.data() + text.size();
  const auto list = std::from_chars(text.data() + 1, end, cursor.list, 16);
  if (list.ec != std::errc() || list.ptr == end || *list.ptr != '-' || cursor.list == 0) return std::nullopt;
  const auto position = std::from_chars(list.ptr + 1, end, cursor.position, 16);
  if (position.ec != std::errc() || position.ptr != end) return std::nullopt;
  return cursor;
}

std::optional<DeviceOrder> parse_order(std::string_view text) {
  if (text == "device") return DeviceOrder::by_device;
  if (text == "-since") return DeviceOrder::latest_since;
  if (text == "-last_seen") return DeviceOrder::latest_last_seen;
  return std::nullopt;
}

}  // namespace

struct DeviceList::Request {
  DeviceFilter filter;
  DeviceOrder order = DeviceOrder::by_device;
  std::size_t limit = kDefaultLimit;
  Cursor cursor;
};

DeviceList::DeviceList(std::shared_ptr<ApiContext> context)
    : context_(std::move(context)),
      // Cursors of a bridge before this one lead to no list of this one's.
      snapshots_(static_cast<std::uint64_t>(context_->ports.now().time_since_epoch().count())) {}

void DeviceList::add_routes(Router& router) {
  router.add("GET", "/api/v1/devices", Need::reading, [this](const CallPointer& call) { list(call); });
  router.add("POST", "/api/v1/devices/actions", Need::writing,
             [this](const CallPointer& call) { std::make_shared<BulkAction>(context_, call)->begin(); });
}

void DeviceList::list(const CallPointer& call) {
  QueryParameters query(call->target, {"status", "template", "broker", "connected", "flapping", "muted", "q",
                                       "sort", "limit", "cursor"});
  Request request;
  request.filter = read_filter(query, context_->names);
  request.limit = query.number("limit", 1, kMostLimit).value_or(kDefaultLimit);
  if (const auto sort = query.text("sort")) {
    const auto order = parse_order(*sort);
    if (!order)
      query.refuse("sort", R"(must be "device", "-since" or "-last_seen", not )" + in_quotes(*sort));
    request.order = order.value_or(DeviceOrder::by_device);
  }
  if (const auto text = query.text("cursor")) {
    const auto cursor = parse_cursor(*text);
    const bool is_fit = cursor && (cursor->list == 0) == (request.order == DeviceOrder::by_device);
    if (!is_fit) query.refuse("cursor", R"(must be the "next" of a page of the same list)");
    if (is_fit) request.cursor = *cursor;
  }
  if (!query.is_good()) return call->answer(query.problem());

  if (request.cursor.list == 0) return scan(call, request);
  auto page = snapshots_.page(request.cursor.list, request.cursor.position, request.limit);
  if (!page) {
    return call->answer(
        problem(410, "the list that this cursor goes on with isn't kept any more: begin it anew"));
  }
  request.cursor.position += page->devices.size();
  answer_page(call, std::move(page->devices), page->has_more ? to_text(request.cursor) : std::string(),
              page->total);
}

void DeviceList::scan(const CallPointer& call, const Request& request) {
  auto scan =
      std::make_shared<DeviceScan>(request.filter, request.order, request.cursor.after, request.limit);
  context_->ports.bridge.read(
      [scan](const Bridge& bridge, Time now) { return scan->look_on(bridge.engine(), now); },
      [self = shared_from_this(), call, request, scan] {
        std::vector<std::string> devices;
        for (auto& found : scan->take()) devices.push_back(std::move(found.device));
        Cursor next;
        bool has_more = scan->has_more();
        if (request.order == DeviceOrder::by_device) {
          if (!devices.empty()) next.after = devices.back();
        } else if (devices.size() > request.limit) {
          std::vector<std::string> page(devices.begin(),
                                        devices.begin() + static_cast<std::ptrdiff_t>(request.limit));
          next.list = self->snapshots_.keep(std::move(devices), scan->total());
          next.position = request.limit;
          has_more = true;
          devices = std::move(page);
        }
        self->answer_page(call, std::move(devices), has_more ? to_text(next) : std::string(), scan->total());
      });
}

void DeviceList::answer_page(const CallPointer& call, std::vector<std::string> devices, std::string next,
                             std::size_t total) {
  struct Page {
    std::vector<std::string> devices;
    std::size_t written = 0;
    std::string body = R"({"devices":[)", payload;
    bool is_empty = true;
  };
  auto page = std::make_shared<Page>();
  page->devices = std::move(devices);
  context_->ports.bridge.read(
      [page](const Bridge& bridge, Time /*now*/) {
        const auto end = std::min(page->written + kPayloadsPerPortion, page->devices.size());
        for (; page->written < end; ++page->written) {
          // One may have been forgotten since.
          const auto status = bridge.engine().status_of(page->devices[page->written]);
          if (!status) continue;
          if (!page->is_empty) page->body += ',';
          page->is_empty = false;
          write_json(*status, page->payload);
          page->body += page->payload;
        }
        return page->written == page->devices.size();
      },
      [call, page, next = std::move(next), total] {
        page->body += R"(],"next":)";
        page->body += next.empty() ? "null" : '"' + next + '"';
        page->body += fmt::format(R"(,"total":{}}})", total);
        auto response = json_answer(std::move(page->body));
        response.has_etag = true;
        call->answer(std::move(response));
      });
}

}  // namespace rollcall
