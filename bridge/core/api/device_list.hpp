// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/devices: filters, order, pages. POST …/actions leads to BulkAction. Pure, not thread safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bridge/core/api/api.hpp"
#include "bridge/core/query/device_scan.hpp"
#include "bridge/core/query/list_snapshots.hpp"

namespace rollcall {

class DeviceList : public std::enable_shared_from_this<DeviceList> {
 public:
  explicit DeviceList(std::shared_ptr<ApiContext> context);
  void add_routes(Router& router);

 private:
  struct Request;
  void list(const CallPointer& call);
  void scan(const CallPointer& call, const Request& request);
  void answer_page(const CallPointer& call, std::vector<std::string> devices, std::string next,
                   std::size_t total);

  std::shared_ptr<ApiContext> context_;
  ListSnapshots snapshots_;
};

}  // namespace rollcall
