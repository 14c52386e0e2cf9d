// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/api/template_calls.hpp"

#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/quoting.hpp"
#include "bridge/core/api/template_json.hpp"
#include "bridge/core/diagram/diagram.hpp"
#include "bridge/core/http/problem.hpp"
#include "bridge/core/simulate/scenario_player.hpp"

namespace rollcall {
namespace {

HttpResponse wrong_line(std::size_t line, const std::string& what) {
  auto response = problem(422, fmt::format("line {}: {}", line, what), {{fmt::format("/{}", line), what}});
  return response;
}

}  // namespace

void TemplateCalls::add_routes(Router& router) {
  router.add("GET", "/api/v1/templates", Need::reading, [this](const CallPointer& call) { list(call); });
  router.add("GET", "/api/v1/templates/{template}", Need::reading,
             [this](const CallPointer& call) { get(call); });
  router.add("GET", "/api/v1/templates/{template}/diagram.svg", Need::reading,
             [this](const CallPointer& call) { diagram(call); });
  // It changes nothing, so it needs no more than reading does.
  router.add("POST", "/api/v1/templates/{template}/simulate", Need::reading,
             [this](const CallPointer& call) { simulate(call); });
}

const TemplateDefinition* TemplateCalls::find(const CallPointer& call) const {
  const auto& name = call->parameters.front();
  const auto* const found = context_->find_template(name);
  if (found == nullptr) call->answer(problem(404, "no template is named " + in_quotes(name)));
  return found;
}

void TemplateCalls::list(const CallPointer& call) const {
  auto templates = nlohmann::ordered_json::array();
  for (const auto& definition : context_->settings.templates) templates.push_back(template_json(definition));
  auto response = json_answer(nlohmann::ordered_json{{"templates", std::move(templates)}}.dump());
  response.has_etag = true;
  call->answer(std::move(response));
}

void TemplateCalls::get(const CallPointer& call) const {
  const auto* const definition = find(call);
  if (definition == nullptr) return;
  auto response = json_answer(template_json(*definition).dump());
  response.has_etag = true;
  call->answer(std::move(response));
}

void TemplateCalls::diagram(const CallPointer& call) const {
  const auto* const definition = find(call);
  if (definition == nullptr) return;
  HttpResponse response;
  response.content_type = "image/svg+xml";
  response.body = diagram_svg(*definition);
  response.has_etag = true;
  // Opened by itself it is a page of this origin.
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  call->answer(std::move(response));
}

void TemplateCalls::simulate(const CallPointer& call) const {
  const auto* const definition = find(call);
  if (definition == nullptr) return;
  const auto scenario = parse_scenario(call->request.body);
  if (!scenario) return call->answer(wrong_line(scenario.error().line, scenario.error().message));
  ScenarioPrinter printer(*scenario, true);
  ScenarioPlayer player(*definition, context_->settings.outage_grace, printer);
  for (const ScenarioLine& line : scenario->lines) {
    if (const auto played = player.play(line); !played)
      return call->answer(wrong_line(line.number, played.error().message));
  }
  if (!std::holds_alternative<ScenarioEnd>(scenario->lines.back().event)) player.run_out();

  std::string body = R"({"lines":[)";
  std::string_view rest = printer.text();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (body.back() != '[') body += ',';
    body += rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  call->answer(json_answer(body + "]}"));
}

}  // namespace rollcall
