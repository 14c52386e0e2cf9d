// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/completion.hpp"

#include <algorithm>
#include <functional>
#include <sstream>

#include <fmt/format.h>

namespace rollcall::cli {
namespace {

const char* const kGeneral = "--help --version";

/// Of "ORDER:{device,-since}" what is in the braces.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find('{'), end = type.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos || end < begin) return choices;
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  for (std::string each; std::getline(list, each, ',');) choices.push_back(each);
  return choices;
}

CompletedValue value_of(const CLI::Option& option, const std::vector<std::string>& commands) {
  CompletedValue value;
  value.is_taken = option.get_expected_max() != 0;
  const auto type = option.get_type_name();
  value.is_file = type == "FILE" || type == "SCENARIO";
  value.choices = type == "COMMAND" ? commands : choices_of(type);
  return value;
}

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands(std::function<bool(const CLI::App*)>());
}

std::string joined(const std::vector<std::string>& texts, const char* separator = " ") {
  return fmt::format("{}", fmt::join(texts, separator));
}

/// In single quotes for a shell.
std::string quoted(const std::string& text, const char* quote_inside) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote_inside;
    } else {
      out += c;
    }
  }
  return out + "'";
}
std::string sh_quoted(const std::string& text) { return quoted(text, "'\\''"); }
std::string fish_quoted(const std::string& text) { return quoted(text, "\\'"); }

/// What bash offers for a value.
std::string bash_offer(const CompletedValue& value) {
  if (!value.choices.empty()) return "_rollcall_words " + sh_quoted(joined(value.choices));
  return value.is_file ? "_rollcall_files" : ":";
}

std::string bash_script(const std::vector<CompletedCommand>& commands) {
  std::string names, values, words, arguments;
  for (const auto& command : commands) {
    names += command.name + ' ';
    std::vector<std::string> options;
    for (const auto& option : command.options) {
      options.insert(options.end(), option.names.begin(), option.names.end());
      if (!option.value.is_taken) continue;
      std::vector<std::string> patterns;
      for (const auto& name : option.names) patterns.push_back(command.name + ":" + name);
      values += fmt::format("    {}) {}; return ;;\n", joined(patterns, " | "), bash_offer(option.value));
    }
    words += fmt::format("      {}) _rollcall_words {} ;;\n", command.name, sh_quoted(joined(options)));
    if (!command.arguments.empty()) {
      arguments += fmt::format("      {}) {} ;;\n", command.name, bash_offer(command.arguments.front()));
    }
  }
  return fmt::format(R"(# bash completion for rollcall; made by: rollcall completion bash
_rollcall_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$_rollcall_word"); }}
_rollcall_files() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$_rollcall_word")
}}
_rollcall() {{
  local _rollcall_word=${{COMP_WORDS[COMP_CWORD]}}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _rollcall_words '{}{}'
    return
  fi
  case ${{COMP_WORDS[1]}}:${{COMP_WORDS[COMP_CWORD - 1]}} in
{}  esac
  if [[ $_rollcall_word == -* ]]; then
    case ${{COMP_WORDS[1]}} in
{}    esac
  else
    case ${{COMP_WORDS[1]}} in
{}    esac
  fi
}}
complete -F _rollcall rollcall
)",
                     names, kGeneral, values, words, arguments);
}

/// For the inside of what _arguments takes: brackets and colons have a meaning there.
std::string zsh_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const CompletedValue& value) {
  if (!value.choices.empty()) return ":value:(" + joined(value.choices) + ")";
  return value.is_file ? ":file:_files" : ":value: ";
}

std::string zsh_script(const std::vector<CompletedCommand>& commands) {
  std::string names, cases;
  for (const auto& command : commands) {
    names += "    " + sh_quoted(zsh_escaped(command.name) + ":" + command.help) + '\n';
    cases += fmt::format("    {})\n      _arguments -s", command.name);
    for (const auto& option : command.options) {
      for (const auto& name : option.names) {
        const auto spec = fmt::format("({}){}[{}]{}", joined(option.names), name, zsh_escaped(option.help),
                                      option.value.is_taken ? zsh_value(option.value) : "");
        cases += " \\\n        " + sh_quoted(spec);
      }
    }
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
      cases += " \\\n        " + sh_quoted(std::to_string(i + 1) + zsh_value(command.arguments[i]));
    }
    cases += "\n      ;;\n";
  }
  return fmt::format(R"(#compdef rollcall
# zsh completion for rollcall; made by: rollcall completion zsh
_rollcall() {{
  local -a commands
  commands=(
{}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case ${{words[1]}} in
{}  esac
}}
if [[ ${{funcstack[1]}} == _rollcall ]]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall
fi
)",
                     names, cases);
}

std::string fish_value(const CompletedValue& value) {
  if (!value.choices.empty()) return " -x -a " + fish_quoted(joined(value.choices));
  return value.is_file ? " -r -F" : " -x";
}

std::string fish_script(const std::vector<CompletedCommand>& commands) {
  std::string script =
      "# fish completion for rollcall; made by: rollcall completion fish\n"
      "complete -c rollcall -f\n"
      "complete -c rollcall -n __fish_use_subcommand -l version -d 'the version'\n"
      "complete -c rollcall -n __fish_use_subcommand -s h -l help -d 'the help'\n";
  for (const auto& command : commands) {
    script += fmt::format("complete -c rollcall -n __fish_use_subcommand -a {} -d {}\n", command.name,
                          fish_quoted(command.help));
    const auto begin = fmt::format("complete -c rollcall -n '__fish_seen_subcommand_from {}'", command.name);
    for (const auto& option : command.options) {
      script += begin;
      for (const auto& name : option.names)
        script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      script += fmt::format("{} -d {}\n", option.value.is_taken ? fish_value(option.value) : "",
                            fish_quoted(option.help));
    }
    for (const auto& argument : command.arguments) {
      if (argument.is_file) script += begin + " -F\n";
      if (!argument.choices.empty()) script += begin + " -a " + fish_quoted(joined(argument.choices)) + '\n';
    }
  }
  return script;
}

}  // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* each : subcommands_of(app)) names.push_back(each->get_name());
  std::vector<CompletedCommand> commands;
  for (const auto* each : subcommands_of(app)) {
    CompletedCommand command{each->get_name(), each->get_description(), {}, {}};
    for (const auto* option : each->get_options()) {
      const auto value = value_of(*option, names);
      if (!option->nonpositional()) {
        command.arguments.push_back(value);
        continue;
      }
      CompletedOption completed{{}, option->get_description(), value};
      for (const auto& name : option->get_snames()) completed.names.push_back("-" + name);
      for (const auto& name : option->get_lnames()) completed.names.push_back("--" + name);
      command.options.push_back(std::move(completed));
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string completion_script(std::string_view shell, const CLI::App& app) {
  const auto commands = completed_commands(app);
  if (shell == "zsh") return zsh_script(commands);
  return shell == "fish" ? fish_script(commands) : bash_script(commands);
}

}  // namespace rollcall::cli
