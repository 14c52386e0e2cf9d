# SPDX-License-Identifier: Apache-2.0
"""Families of configurations by seed: files as people write them, and what they become at two SIGHUPs.

A family is drawn once; files(…) then writes it with the plugin's lines or without. What makes a broker do undefined things by
itself is left out: options of a listener behind an include_dir that brings more listeners, and on 2.1 a SIGHUP with options of a
listener before the first one, at which it crashes more often than not.
"""

import random
from dataclasses import dataclass, field

PLUGIN = "<plugin>"  # stands where the plugin's lines come
INCLUDED_NAMES = ["mqtts", "mqtt_local", "Rollcall", "dynsec", "a", "B", "A", "b", "Zz", "_x", "10", "9", "mqttS", "ä", ".hidden"]
SAID = {True: ["true", "1", "true # all", "true false", " true", "true "], False: ["false", "0", "false # nobody", "false true", " 0"]}
HARMLESS = [
    "", "", "# a comment", "#allow_anonymous true", "   ", "sys_interval 10", "max_queued_messages 1000", "persistence false",
    "max_keepalive 100", "allow_zero_length_clientid true", "check_retain_source false", "max_inflight_messages 20",
    "set_tcp_nodelay true", "# " + "x" * 1100, "retry_interval 20", "connection_messages true # all", "log_type all",
]  # fmt: skip
# Which of the brokers refuse what is their business; they must still agree with themselves.
DOUBTFUL = [
    "nonsense 1", "allow_anonymous yes", "allow_anonymous", "\tallow_anonymous true", "allow_anonymous\ttrue", " # indented",
    "listener", "listener 9", "listener abc", "per_listener_settings maybe", "acl_file", "password_file", "persistence on",
    "include_dir /nonexistent", "include_dir", "log_type loud", "log_dest", "log_dest nowhere", "sys_interval 70000", "sys_interval",
    "max_keepalive 0", "max_keepalive 70000", "retain_expiry_interval 5", "max_packet_size 10", "memory_limit -1",
    "message_size_limit -1", "persistent_client_expiration 3", "persistent_client_expiration 3d", "log_facility 9", "protocol quic",
    "protocol mqtt", "auto_id_prefix x-", "auto_id_prefix x-\nauto_id_prefix y-", "psk_file", "clientid_prefixes", "log_timestamp no",
    "persistence_file a\npersistence_file b", "cafile /nonexistent", "max_qos 7", "plugin", "plugin_opt_x", "user", "port 9",
    "use_identity_as_username maybe", "bridge_psk", "listener_allow_anonymous true", "global_plugin /nonexistent.so", "acl_file \udcff",
    "max_connections", "websockets_headers_size -1", "queue_qos0_messages 2", "\rallow_anonymous true", "per_listener_settings true",
    "per_listener_settings false", "autosave_interval", "log_timestamp_format %s\nlog_timestamp_format %s",
]  # fmt: skip
UNDEFINED_ON_21 = ("use_identity_as_username", "protocol", "max_", "psk_file", "per_listener_settings")


@dataclass
class Section:
    """What belongs to one place: everything before the first listener, or one listener."""

    head: str = ""  # the listener's own line
    lines: list = field(default_factory=list)


@dataclass
class State:
    """The files as they are between two SIGHUPs."""

    per_listener: str = ""
    common: Section = field(default_factory=Section)
    listeners: list = field(default_factory=list)
    included: dict = field(default_factory=dict)  # name of a file: the sections in it
    missing: set = field(default_factory=set)  # of the files that decide


class Family:
    """`arguments`, `states`: three of them; ports and sockets are asked for by draw_place()."""

    def __init__(self, seed, version, draw_place):
        self.random, self.version, self.is_v21 = random.Random(f"{seed} {version}"), version, version == "2.1"
        self.places, self._draw_place = [], draw_place
        chance = self.random.random
        self.crlf, self.two_files, self.local_only = chance() < 0.1, chance() < 0.15, chance() < 0.1
        self.states = [self._first()]
        for _ in range(2):
            self.states.append(self._changed(self.states[-1]))

    # The first state

    def _first(self):
        pick, chance = self.random.choice, self.random.random
        state = State()
        per_listener = chance() < 0.4 and not self.local_only
        if per_listener or chance() < 0.2:
            state.per_listener = f"per_listener_settings {pick(SAID[per_listener])}"
        self.per_listener = per_listener
        for _ in range(0 if self.local_only else self.random.randint(1, 3)):
            state.listeners.append(Section(self._listener_line()))
        if self.local_only:
            self.places.append(self._draw_place("port"))
        elif not per_listener and chance() < 0.1:
            place = self._draw_place("port")
            self.places.append(place)
            state.common.lines += [f"port {place}", "bind_address 127.0.0.1"]
        for section in state.listeners if per_listener else [state.common]:
            section.lines += self._security()
        if not per_listener and state.listeners and chance() < 0.3:
            self.random.choice(state.listeners).lines += self._security()  # counts for all, wherever it stands
        self._place_plugins(state)
        for section in [state.common, *state.listeners]:
            section.lines += self.random.sample(HARMLESS, self.random.randint(0, 2))
            if chance() < 0.3 and not any(line.startswith("plugin") for line in section.lines):
                self.random.shuffle(section.lines)
        if chance() < 0.5:
            self._include(state)
        return state

    def _listener_line(self):
        place = self._draw_place("socket" if self.random.random() < 0.1 else "port")
        self.places.append(place)
        comment = self.random.choice(["", "", " # ours"])
        return f"listener {place} 127.0.0.1{comment}" if isinstance(place, int) else f"listener 0 {place}{comment}"

    def _security(self):
        pick, chance = self.random.choice, self.random.random
        lines = []
        for _ in range(pick([0, 1, 1, 1, 1, 2])):
            lines.append(f"allow_anonymous {pick(SAID[chance() < 0.6])}")
        if chance() < 0.35:
            lines.append("password_file <folder>/passwords")
        if chance() < 0.35:
            lines.append("acl_file <folder>/acl")
        self.random.shuffle(lines)
        return lines

    def _place_plugins(self, state):
        pick, chance = self.random.choice, self.random.random
        other = ""
        if chance() < 0.3:
            other = pick(["dynamic_security"] if not self.is_v21 else ["dynamic_security", "acl_file", "password_file"])
            other = f"plugin <{other}>"
        how = pick(["plugin", "plugin", "global_plugin", "plugin_load"] if self.is_v21 and not self.local_only else ["plugin"])
        ours = f"{PLUGIN}{how}"
        homes = [section for section in state.listeners if chance() < 0.85] or state.listeners[:1] if self.per_listener else [state.common]
        if how == "plugin":
            for section in homes:
                section.lines.insert(self.random.randint(0, len(section.lines)), ours)
            if not self.per_listener and chance() < 0.05:
                state.common.lines.append(ours)  # twice
        elif how == "global_plugin":
            state.common.lines.append(ours)
        else:
            state.common.lines.append(ours)
            first, *others = state.listeners or [None]
            for section in [first, *(one for one in others if chance() < 0.7)]:
                if section:
                    section.lines.append("<use>")
        self.has_another = bool(other)
        if other:
            home = pick(state.listeners) if self.per_listener else state.common
            home.lines.insert(pick([0, len(home.lines), len(home.lines)]), other)

    def _include(self, state):
        """Moves sections, or lines of the common one, into files that the main one includes at its end."""
        pick, chance = self.random.choice, self.random.random
        names = self.random.sample(INCLUDED_NAMES, self.random.randint(1, 3))
        for name in names:
            state.included[name] = []
            if state.listeners and chance() < 0.6:
                state.included[name].append(state.listeners.pop(self.random.randrange(len(state.listeners))))
            elif not self.per_listener:
                moved = [line for line in state.common.lines if not line.endswith("plugin_load") and chance() < 0.4]
                state.common.lines = [line for line in state.common.lines if line not in moved]
                state.included[name].append(Section(lines=moved + ([f"allow_anonymous {pick(['true', 'false'])}"] if chance() < 0.5 else [])))
        if chance() < 0.1 and not self.is_v21:
            state.included[names[0]].append(Section(lines=["include_dir <folder>/nested"]))

    # What a SIGHUP finds

    def _changed(self, before):
        pick, chance = self.random.choice, self.random.random
        state = State(before.per_listener, Section(before.common.head, [*before.common.lines]),
                      [Section(one.head, [*one.lines]) for one in before.listeners],
                      {name: [Section(one.head, [*one.lines]) for one in sections] for name, sections in before.included.items()},
                      set(before.missing))  # fmt: skip
        for _ in range(self.random.randint(1, 3)):
            pick([self._say_otherwise, self._say_otherwise, self._reorder, self._doubt, self._doubt, self._rename, self._drop, self._add,
                  self._toggle, self._touch_files, self._drop_plugins])(state)  # fmt: skip
        if chance() < 0.3:
            self._repair(state)
        return state

    def _sections(self, state):
        return [state.common, *state.listeners, *(one for sections in state.included.values() for one in sections)]

    def _say_otherwise(self, state):
        for section in self._sections(state):
            for i, line in enumerate(section.lines):
                if line.startswith("allow_anonymous ") and self.random.random() < 0.7:
                    section.lines[i] = f"allow_anonymous {self.random.choice(SAID[self.random.random() < 0.5])}"

    def _reorder(self, state):
        self.random.shuffle(state.listeners)

    def _doubt(self, state):
        section = self.random.choice(self._sections(state))
        doubt = self.random.choice(DOUBTFUL)
        if not (self.is_v21 and doubt.startswith(UNDEFINED_ON_21)):
            section.lines.insert(self.random.randint(0, len(section.lines)), doubt)

    def _rename(self, state):
        if not state.included:
            return
        unused = [name for name in INCLUDED_NAMES if name not in state.included]
        old = self.random.choice([*state.included])
        state.included[self.random.choice(unused)] = state.included.pop(old)

    def _drop(self, state):
        sections = [section for section in self._sections(state) if any("_file " in line or line.startswith("allow") for line in section.lines)]
        if sections:
            section = self.random.choice(sections)
            section.lines.remove(self.random.choice([line for line in section.lines if "_file " in line or line.startswith("allow")]))

    def _add(self, state):
        section = self.random.choice(self._sections(state))
        section.lines += self._security()

    def _toggle(self, state):
        state.per_listener = self.random.choice(["", f"per_listener_settings {self.random.choice(SAID[True])}", "per_listener_settings false"])

    def _touch_files(self, state):
        state.missing ^= {self.random.choice(["passwords", "acl"])}

    def _drop_plugins(self, state):
        for section in self._sections(state):
            section.lines = [line for line in section.lines if not line.startswith(("<", "plugin"))]

    def _repair(self, state):
        for section in self._sections(state):
            section.lines = [line for line in section.lines if line not in DOUBTFUL]

    # As files

    def _text(self, section, writes):
        lines = [section.head] if section.head else []
        return "".join(line + "\n" for line in lines + [writes(line) for line in section.lines] if line is not None)

    def files(self, state, writes):
        """{relative path: text}; `writes` makes the lines of a mark, or None."""
        head = "user root\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
        include = "include_dir <folder>/conf.d\n" if state.included else ""
        per_listener = f"{state.per_listener}\n" if state.per_listener else ""
        common = self._text(state.common, writes)
        listeners = "".join(self._text(one, writes) for one in state.listeners)
        if self.two_files:
            found = {"first.conf": head + per_listener + common, "main.conf": listeners + include}
        else:
            found = {"main.conf": head + per_listener + common + listeners + include}
        for name, sections in state.included.items():
            found[f"conf.d/{name}.conf"] = "".join(self._text(one, writes) for one in sections)
        if self.crlf:
            found = {name: text.replace("\n", "\r\n") for name, text in found.items()}
        return found

    @property
    def arguments(self):
        ports = ["-p", str(self.places[0])] if self.local_only else []
        return [*(["-c", "<folder>/first.conf"] if self.two_files else []), "-c", "<folder>/main.conf", *ports]
