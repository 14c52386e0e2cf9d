// SPDX-License-Identifier: Apache-2.0
// What Mosquitto 2.0 makes of its configuration at a SIGHUP.
#include <algorithm>
#include <utility>

#include "plugin/mosquitto_conf.hpp"
#include "plugin/reload_options.hpp"

namespace rollcall::plugin {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);  // before any listener

}  // namespace

/// Reads as the broker does at a SIGHUP: settings of a listener change at once, all others only if the broker
/// takes the whole file.
class MosquittoConf::ReloadReader : public ConfHandler {
 public:
  explicit ReloadReader(MosquittoConf& conf) : conf_(conf), options_(conf.version_.patch) {}

  void file_begins() override { outer_.push_back(std::exchange(current_, kNowhere)); }
  void file_ends() override {
    current_ = outer_.back();
    outer_.pop_back();
  }

  Result<void> option(const ConfLine& line) override {
    const auto refused = [&] { return fail("refused: " + std::string(line.name)); };
    if (line.name == "listener") return find_listener(line.rest) ? Result<void>{} : refused();
    if (line.name == "per_listener_settings") {
      const auto value = conf_bool(line.rest);
      if (!value || (*value && has_security_)) return refused();
      per_listener_ = *value;
      return {};
    }
    if (!is_security_option(line.name)) return ask(line) ? Result<void>{} : refused();
    has_security_ = true;
    auto& security = !per_listener_                       ? global
                     : current_ < conf_.listeners_.size() ? conf_.listeners_[current_].security
                                                          : scratch_;
    if (line.name == "allow_anonymous") {
      const auto value = conf_bool(line.rest);
      if (!value) return refused();
      security.allow_anonymous = value;
      return {};
    }
    if (line.name == "auto_id_prefix") {
      const bool is_first = !std::exchange(security.has_auto_id_prefix, true);
      return is_first && conf_text(line.rest) ? Result<void>{} : refused();
    }
    return ask(line) ? Result<void>{} : refused();
  }

  void zero_byte() override { is_unclear = true; }

  Security global;
  bool is_unclear = false;

 private:
  bool ask(const ConfLine& line) {
    const auto answer = options_.ask(line);
    is_unclear = is_unclear || answer == ReloadOptions::Answer::depends_on_version;
    return answer != ReloadOptions::Answer::refused;
  }

  bool find_listener(std::string_view rest) {
    auto words = rest;
    if (next_word(words).empty()) return false;
    const long port = conf_number(rest);
    const auto host = conf_host(rest);
    const auto found =
        std::find_if(conf_.listeners_.begin(), conf_.listeners_.end(),
                     [&](const Listener& one) { return one.port == port && one.host == host; });
    if (found == conf_.listeners_.end()) return false;
    found->security.allow_anonymous = std::nullopt;
    current_ = static_cast<std::size_t>(found - conf_.listeners_.begin());
    return true;
  }

  MosquittoConf& conf_;
  ReloadOptions options_;
  bool per_listener_ = false, has_security_ = false;
  Security scratch_;  // for settings before the first listener, which have no effect if per_listener_
  std::size_t current_ = kNowhere;
  std::vector<std::size_t> outer_;
};

void MosquittoConf::reload(const ConfigurationFiles& files) {
  if (version_.is_v21) return;
  ReloadReader reader(*this);
  const auto done = read_conf(main_file_, files, version_.is_v21, reader);
  is_unclear_ = is_unclear_ || reader.is_unclear;
  if (!done) return;
  global_ = reader.global;
  if (is_local_only_) {
    if (version_.patch != 0 && version_.patch < 21) global_.allow_anonymous = true;
    return;
  }
  const auto close_unless_said = [](Security& security) {
    if (!security.allow_anonymous) security.allow_anonymous = false;
  };
  if (!per_listener_) {
    close_unless_said(global_);
  } else {
    for (auto& listener : listeners_) close_unless_said(listener.security);
  }
}

}  // namespace rollcall::plugin
