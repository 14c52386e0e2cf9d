# SPDX-License-Identifier: Apache-2.0
"""The chaos test's reference model by itself: the worked examples of docs/lifecycle.md and rule 14. No broker."""

import itertools

import pytest

from chaos.clock import are_the_same, as_if_right
from chaos.conflicts import may_be_in_conflict, must_be_in_conflict
from chaos.contacts import BRIDGE_DOWN, BROKER_PAUSED, CUT, LAG, LINK_STALLED, contacts
from chaos.hearing import Ears, Heard, courses
from chaos.ledger import Ledger, held_until
from chaos.model import World, passed
from chaos.span import Span
from chaos.templates import Template
from chaos.truth import Boot, BrokerTruth, Connection, Obstacle, Truth
from rollcall_testing.times import seconds_of

GRACE = 120


def clock(text):
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600.0 * hours + 60 * minutes + seconds


class Story:
    """One device whose moments are known exactly, so that there is one world only."""

    def __init__(self, *chain, **branches):
        statuses = [{"status": "online"}, *({"status": status, "after": after} for status, after in chain)]
        self.world = World(Template.of({"statuses": statuses, **branches}), GRACE)
        self._numbers = itertools.count(1)
        self._live = {}

    def at(self, text):
        self.now = Span.at(clock(text))
        (self.world,) = passed(self.world, self.now)
        return self

    def connect(self, broker="A"):
        self._live[broker] = next(self._numbers)
        self.world = self.world.opened(self._live[broker], broker, self.now)
        return self

    def end(self, cause="client_disconnect", keepalive=60, broker="A", will_sent=False):
        self.world = self.world.ended(self._live[broker], self.now, cause, will_sent, keepalive)
        return self

    def lose(self, broker="A"):
        self.world = self.world.broker_lost(broker, self.now)
        return self

    def find(self, broker="A"):
        self.world = self.world.broker_back(broker, self.now)
        return self

    def expect(self, status, since, **fields):
        state = self.world.state
        assert (state.status, state.since) == (status, Span.at(clock(since))), str(state)
        for name, value in fields.items():
            assert getattr(state, name) == value, str(state)
        return self

    @property
    def rows(self):
        return [(row.kind, row.to, row.at.lo) for row in self.world.rows]


def test_example_1_a_disconnect_leads_to_offline_after_the_wait():
    story = Story(("offline", "5m")).at("10:00:00").connect()
    story.at("10:50:00").end().expect("online", "10:00:00", connected=False, next_at=Span.at(clock("10:55:00")))
    story.at("10:54:59").expect("online", "10:00:00")
    story.at("10:55:01").expect("offline", "10:55:00", cause="client_disconnect", graceful=True, previous="online")


def test_example_2_a_reconnect_within_the_wait_leaves_a_blip():
    story = Story(("offline", "5m")).at("10:00:00").connect().at("10:50:00").end().at("10:51:59").connect()
    story.at("11:59:00").expect("online", "10:00:00", connected=True, cause=None)
    assert story.rows == [("transition", "online", clock("10:00:00")), ("blip", "online", clock("10:51:59"))]


def test_example_3_the_next_disconnect_starts_a_full_wait():
    story = Story(("offline", "5m")).at("10:00:00").connect().at("10:50:00").end()
    story.at("10:51:59").connect().at("10:52:00").end().at("10:58:00").expect("offline", "10:57:00")


@pytest.mark.parametrize("wait, offline", [("2m", "10:52:01"), ("1m", "10:51:08")])
def test_examples_4_and_5_silence_counts(wait, offline):
    story = Story(("offline", wait)).at("10:00:00").connect()
    story.at("10:51:08").end("keepalive_timeout", keepalive=45)
    story.at("11:00:00").expect("offline", offline, cause="keepalive_timeout", graceful=False)


def test_example_7_a_sleeper_goes_along_its_chain():
    story = Story(("standby", "5m"), ("offline", "1h"), ("inactive", "2h")).at("10:00:00").connect().end()
    story.at("10:06:00").expect("standby", "10:05:00", next_status="offline")
    story.at("11:06:00").expect("offline", "11:05:00").at("20:00:00").expect("inactive", "13:05:00", next_status=None)


def test_branches_by_gracefulness():
    branches = {"on_graceful": {"status": "standby"}, "on_non_graceful": {"status": "offline", "after": "1m"}}
    chain = [("standby", "5m"), ("offline", "10m"), ("inactive", "1h")]
    story = Story(*chain, **branches).at("10:00:00").connect().end("connection_closed", will_sent=True)
    story.at("10:02:00").expect("offline", "10:01:00", next_at=Span.at(clock("11:01:00")))
    story = Story(*chain, **branches).at("10:00:00").connect().end("connection_closed")
    story.at("10:06:00").expect("standby", "10:05:00", next_at=Span.at(clock("10:15:00")))


def test_a_takeover_changes_nothing():
    story = Story(("offline", "1m")).at("10:00:00").connect()
    older = story.world.live.copy()
    story.at("10:01:00").connect()
    story.world = story.world.ended(next(iter(older)), story.now, "taken_over", False, 60)
    story.at("11:00:00").expect("online", "10:00:00", connected=True)
    assert len(story.rows) == 1


# Rule 14


def test_who_comes_back_within_the_grace_has_seen_nothing():
    story = Story(("offline", "1m")).at("10:00:00").connect().at("10:10:00").lose()
    story.at("10:30:00").expect("online", "10:00:00", connected=True).find()
    story.at("10:31:59").expect("online", "10:00:00", connected=True).connect()
    story.at("11:00:00").expect("online", "10:00:00", connected=True)
    assert len(story.rows) == 1


@pytest.mark.parametrize("wait, offline", [("1m", "10:32:00"), ("30m", "10:40:00")])
def test_who_does_not_is_gone_since_the_outage_began(wait, offline):
    story = Story(("offline", wait)).at("10:00:00").connect().at("10:10:00").lose().at("10:30:00").find()
    story.at("10:31:59").expect("online", "10:00:00", connected=True)
    story.at("11:00:00").expect("offline", offline, cause="broker_lost", graceful=False)


def test_who_comes_to_another_broker_is_back():
    story = Story(("offline", "1m")).at("10:00:00").connect("A").at("10:10:00").lose("A").at("10:10:30").connect("B")
    story.at("10:20:00").end(broker="B").at("10:30:00").find("A").at("10:31:00").expect("offline", "10:21:00")


def test_a_second_loss_within_the_grace_begins_the_grace_again():
    story = Story(("offline", "1m")).at("10:00:00").connect().at("10:10:00").lose().at("10:11:00").find()
    story.at("10:12:00").lose().at("10:20:00").expect("online", "10:00:00", connected=True).find()
    story.at("10:21:59").expect("online", "10:00:00", connected=True)
    story.at("10:23:00").expect("offline", "10:22:00", cause="broker_lost")


def test_waits_of_its_broker_stand_still_and_others_do_not():
    story = Story(("offline", "10m"), ("inactive", "1h")).at("10:00:00").connect().at("10:01:00").end()
    story.at("10:05:00").lose("B").lose("A").expect("online", "10:00:00", next_status=None)
    story.at("10:50:00").find("A").expect("online", "10:00:00", next_at=Span.at(clock("10:56:00")))
    story.at("11:00:00").expect("offline", "10:56:00").lose("B").at("12:00:00").expect("inactive", "11:56:00")


def test_each_outage_of_a_device_has_its_own_outcome():
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "1m"}]}), GRACE)
    world = world.opened(1, "A", Span.at(100.0)).opened(2, "B", Span.at(101.0)).broker_away("B")
    world = world.broker_lost("A", Span.at(110.0), 1).broker_lost("B", Span.at(111.0), 1).opened(3, "A", Span.at(120.0))
    assert world.outages == (("A", 1, "back"), ("B", 1, "back"))


def two_brokers(after="10m"):
    """A device that is connected at A, then at B, while A is away: so its connection at A counts no more."""
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": after}]}), GRACE)
    return world.opened(1, "A", Span.at(100.0)).broker_away("A").opened(2, "B", Span.at(101.0))


def test_who_outlives_its_other_connection_was_there_all_along():
    world = two_brokers().ended(2, Span.at(130.0), "client_disconnect", False, 60)
    assert not world.state.connected
    world = world.broker_found("A", Span.at(140.0))
    assert world.state.connected and world.state.since == Span.at(100.0)
    assert [(row.kind, row.at) for row in world.rows[1:]] == [("blip", Span.at(130.0))]
    world = world.ended(1, Span.at(200.0), "keepalive_timeout", False, 60)
    assert world.state.next_at == Span.at(200.0 + 600 - 90)  # it has been silent since 110, not since it counted again


def test_an_end_that_is_told_late_counts_if_it_was_later_than_those_elsewhere():
    gone = two_brokers().ended(2, Span.at(130.0), "client_disconnect", False, 60)
    (later,) = gone.outliving(1, Span.at(135.0))
    assert later.ended(1, Span.at(135.0), "connection_closed", False, 60).state.next_at == Span.at(735.0)
    (earlier,) = gone.outliving(1, Span.at(125.0))
    assert earlier.ended(1, Span.at(125.0), "connection_closed", False, 60).state.next_at == Span.at(730.0)
    assert len(gone.outliving(1, Span(129.0, 131.0))) == 2


def test_an_end_where_the_only_other_broker_is_away_is_the_devices():
    (world,) = two_brokers().broker_away("B").outliving(1, Span.at(110.0))
    world = world.ended(1, Span.at(110.0), "client_disconnect", False, 60)
    assert not world.state.connected and world.broker_found("B", Span.at(120.0)).state.connected


def test_a_silence_begins_after_the_connect_as_the_bridge_heard_of_it():
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "10m"}]}), GRACE)
    world = world.opened(1, "A", Span.at(100.0)).ended(1, Span.at(150.0), "client_disconnect", False, 60)
    late = world.opened(2, "B", Span.at(120.0)).ended(2, Span.at(215.0), "keepalive_timeout", False, 60)
    assert late.state.next_at == Span.at(150.0 + 600)  # not 125


def test_what_a_broker_did_around_the_begin_of_a_pause_it_did_before_it():
    broker, found = contact_list([], [], [1.0, 30.0])
    broker.pauses = [Obstacle(BROKER_PAUSED, 10.0, 22.0)]
    connection = Connection(1, "t:d", "A", 0, 4, 60, False, opened=Span.at(5.0), ended=Span(9.9, 10.001), cause="connection_closed")
    assert [each.kind for each in Ears(broker, found).events([connection], set())] == ["opened", "ended", "stalled"]
    connection.ended = Span(9.9, 22.05)
    assert [each.kind for each in Ears(broker, found).events([connection], set())] == ["opened", "stalled", "ended"]


def test_who_comes_when_a_broker_goes_on_is_gone_since_it_came():
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "10m"}]}), GRACE)
    world = world.opened(1, "A", Span.at(122.0)).broker_stalled("A", 110.0, 122.0).lost_by_stall(1, Span.at(124.0), 110.0, 122.0)
    (gone,) = passed(world, Span.at(300.0))
    assert gone.state.next_at == Span.at(722.0)


# What is known within bounds


def test_where_it_is_not_known_what_came_first_both_are_possible():
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "3s"}]}), GRACE)
    world = world.opened(1, "A", Span.at(100.0)).ended(1, Span(110.0, 110.5), "client_disconnect", False, 60)
    assert {each.status for each in passed(world.copied(), Span.at(113.2))} == {"online", "offline"}
    assert {each.status for each in passed(world.copied(), Span.at(112.0))} == {"online"}
    assert {each.status for each in passed(world.copied(), Span.at(114.0))} == {"offline"}


def contact_list(obstacles=(), bridge_obstacles=(), delivered=(), boots=None):
    broker = BrokerTruth("A", "2.1")
    broker.boots = boots or [Boot(Span(0.0, 0.1))]
    broker.obstacles, broker.delivered = list(obstacles), list(delivered)
    return broker, contacts(broker, list(bridge_obstacles))


def test_a_contact_lasts_from_the_first_thing_that_came_through_to_the_next_obstacle():
    _, (first, second) = contact_list([Obstacle(CUT, 10.0, 12.0)], [Obstacle(BRIDGE_DOWN, 0.0, 1.0)], [1.5, 9.0, 12.5])
    assert (first.start, first.end) == (Span(1.0, 2.5), 10.0)
    assert (second.start, second.end) == (Span(12.0, 13.5), None)
    assert first.last_heard.covers(10.0) and not first.last_heard.covers(9.5)


def test_brokers_may_differ_while_a_status_is_being_replaced_and_no_longer():
    ledger, before = Ledger(None), {"seq": 7}
    ledger.accounts["d"].through, ledger.accounts["d"].arrivals = 7, {9: 100.0}
    assert ledger.is_replacing("d", [before, {"seq": 9}], 99.8)
    assert not ledger.is_replacing("d", [before, {"seq": 9}], 100.2)
    assert not ledger.is_replacing("d", [None, before], 99.8)  # it was there at the last checkpoint


def test_a_broker_that_is_found_for_a_moment_is_away_again_after_that():
    obstacles = [Obstacle(CUT, 10.0, 12.0), Obstacle(CUT, 12.8, 16.0)]
    broker, found = contact_list(obstacles, [], [1.0, 12.5, 16.5])
    heard = [(each.kind, each.is_certain) for each in Ears(broker, found).events([], set())]
    assert heard == [("away", True), ("found", False), ("away", True), ("found", True)]


def test_a_link_in_which_nothing_came_through_was_no_contact():
    _, (only, last) = contact_list([Obstacle(CUT, 10.0, 12.0), Obstacle(LINK_STALLED, 12.2, 15.0)], [], [1.0, 15.5])
    assert (only.end, last.start.lo) == (10.0, 15.0)


def test_what_was_said_before_a_kill_may_be_held_up_in_a_stalled_link_and_then_before_a_pause():
    broker, _ = contact_list([Obstacle(LINK_STALLED, 10.0, 15.0), Obstacle(CUT, 15.5, 15.6)])
    broker.pauses = [Obstacle(BROKER_PAUSED, *span) for span in ((11.0, 14.0), (14.5, 18.0), (19.0, 20.0))]
    assert held_until(broker, 10.0) == 18.0 + LAG
    assert held_until(broker, 9.0) == 9.0
    assert held_until(broker, 18.5) == 18.5


def test_a_broker_whose_link_breaks_while_it_is_paused_is_lost_then():
    boots = [Boot(Span(0.0, 0.1), Span(20.0, 20.1)), Boot(Span(25.0, 25.2))]
    obstacles = [Obstacle(BROKER_PAUSED, 10.0, 16.0), Obstacle(CUT, 14.0, 14.1), Obstacle(CUT, 16.0, 24.0)]
    _, (first, _) = contact_list(obstacles, [], [1.0, 25.5], boots)
    assert first.end == 10.0 and first.last_heard.covers(10.0) and first.last_heard.covers(14.1)
    _, (first, _) = contact_list([obstacles[0]], [Obstacle(BRIDGE_DOWN, 14.0, 24.0)], [1.0, 25.5], boots)
    assert not first.last_heard.covers(14.1)


def test_who_is_lost_by_a_broker_that_stood_still_has_its_grace_and_waits_stand_still():
    world = World(Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "60s"}]}), GRACE)
    world = world.opened(1, "A", Span.at(100.0)).broker_stalled("A", 110.0, 122.0).lost_by_stall(1, Span.at(122.0), 110.0, 122.0)
    assert world.state.connected and world.state.status == "online"
    (back,) = passed(world.copied(), Span.at(123.0))
    assert back.opened(2, "A", Span.at(123.0)).rows == world.rows  # nothing happened to it
    (gone,) = passed(world, Span.at(300.0))
    assert (gone.status, gone.cause) == ("offline", "broker_lost") and gone.since.covers(122.0 + GRACE)
    waits = World(world.template, GRACE).opened(1, "A", Span.at(100.0)).ended(1, Span.at(105.0), "client_disconnect", False, 60)
    assert waits.copied().broker_stalled("A", 110.0, 122.0).state.next_at.covers(105.0 + 60 + 12)
    assert waits.copied().broker_stalled("B", 110.0, 122.0).state.next_at == Span.at(105.0 + 60)
    late = waits.opened(2, "A", Span.at(123.0)).ended(2, Span.at(124.0), "client_disconnect", False, 60)
    assert late.broker_stalled("A", 110.0, 122.0).state.next_at == Span.at(124.0 + 60)  # its wait began after that


def test_keepalives_that_a_broker_finds_run_out_after_it_stood_still_are_its_own_doing():
    broker, found = contact_list([], [], [1.0, 30.0])
    broker.pauses = [Obstacle(BROKER_PAUSED, 10.0, 22.0)]
    connection = Connection(1, "t:d", "A", 0, 4, 6, False, opened=Span.at(5.0), cause="keepalive_timeout")
    connection.ended = Span.at(22.0)
    events = {each.kind: each for each in Ears(broker, found).events([connection], set())}
    assert events["stalled"].is_certain and events["ended"].causes == (("broker_lost", False),)
    connection.ended = Span.at(25.0)
    events = {each.kind: each for each in Ears(broker, found).events([connection], set())}
    assert events["ended"].causes == (("keepalive_timeout", False),)
    broker.pauses = [Obstacle(BROKER_PAUSED, 10.0, 11.5)]
    assert [each.kind for each in Ears(broker, found).events([], set())] == []


def test_who_left_while_its_broker_stood_still_may_seem_to_have_been_silent_for_too_long():
    broker, found = contact_list([], [], [1.0, 30.0])
    broker.pauses = [Obstacle(BROKER_PAUSED, 10.0, 17.0)]
    connection = Connection(1, "t:d", "A", 0, 4, 4, True, opened=Span.at(9.5), ended=Span(17.0, 17.5), cause="client_disconnect")
    causes = lambda: next(each.causes for each in Ears(broker, found).events([connection], set()) if each.kind == "ended")  # noqa: E731
    assert causes() == (("client_disconnect", False), ("broker_lost", True))
    connection.keepalive = 60  # that can't have run out
    assert causes() == (("client_disconnect", False),)
    connection.keepalive, connection.ended = 4, Span(18.0, 18.1)  # the broker had come round by then
    assert causes() == (("client_disconnect", False),)


def test_what_a_dead_broker_told_nobody_is_never_heard():
    boots = [Boot(Span(0.0, 0.1), Span(20.0, 20.1)), Boot(Span(25.0, 25.2))]
    broker, found = contact_list([Obstacle(CUT, 10.0, 24.0)], [], [1.0, 9.0, 25.5], boots)
    ears = Ears(broker, found)
    assert ears.hear(0, Span.at(8.0)) == (Span(8.0, 8.5), True)
    assert ears.hear(0, Span.at(15.0)) is None
    assert ears.hear(1, Span.at(26.0)) == (Span(26.0, 27.0), True)
    (lost, back) = ears.outages()
    assert lost.at.covers(10.0) and back.at == Span(25.0, 25.2)


def test_what_two_brokers_tell_late_may_be_heard_in_either_order():
    template = Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "3s"}]})
    one, other = (Connection(number, "t:x", broker, 0, 4, 60, False) for number, broker in ((1, "A"), (2, "B")))
    opened = Heard("opened", (1, "opened"), "A", 0, Span.at(100.0), Span.at(100.0), True, one)
    ended = Heard("ended", (1, "ended"), "A", 0, Span.at(110.0), Span.at(120.0), True, one, (("client_disconnect", False),))
    moved = Heard("opened", (2, "opened"), "B", 0, Span.at(111.0), Span.at(111.0), True, other)
    ears = {name: Ears(None, []) for name in "AB"}
    streams = {"A": [opened, ended], "B": [moved]}
    kinds = {
        by_truth: [[row.kind for row in world.rows] for world in courses([World(template, GRACE)], streams, ears, by_truth)]
        for by_truth in (True, False)
    }
    assert kinds == {True: [["transition", "blip"]], False: [["transition"]]}


def test_a_list_that_nobody_acted_on_may_count_for_nothing():
    """A bridge that starts waits for the lists of all its brokers; if it dies over that, the next one knows of none."""
    boots = [Boot(Span(0.0, 0.1), Span(20.0, 20.1)), Boot(Span(25.0, 25.1), Span(26.0, 26.1)), Boot(Span(30.0, 30.1))]
    bridge_down = [Obstacle(BRIDGE_DOWN, 18.0, 24.0), Obstacle(BRIDGE_DOWN, 26.6, 32.0)]
    broker, found = contact_list([], bridge_down, [1.0, 25.5, 32.5], boots)
    assert [contact.is_listed for contact in found] == [True, False, True]
    template = Template.of({"statuses": [{"status": "online"}, {"status": "offline", "after": "10s"}]})
    world = World(template, GRACE).opened(1, "A", Span.at(5.0)).ended(1, Span.at(15.0), "client_disconnect", False, 60)
    ears = Ears(broker, found)
    dues = {each.plan[0][1] for each in courses([world], {"A": ears.events([], set())}, {"A": ears}, True)}
    # 7 to 9.5 s were left at the last contact, which was 2.5 s old at the most; from 30 on they go on.
    assert any(due.covers(39.3) for due in dues)
    # Or a second of it went by while the list was there.
    assert any(due.covers(35.8) for due in dues)


# Rule 13: who fights over an id


def fought_over(*moments, boot=0):
    """A device of which connections were taken over at these moments."""
    connections = [Connection(number, "t:x", "A", boot, 4, 60, False) for number in range(len(moments))]
    for connection, moment in zip(connections, moments):
        connection.opened, connection.ended, connection.cause = Span.at(0), Span.at(moment), "taken_over"
    return connections


def quiet_truth(*obstacles):
    truth = Truth()
    truth.brokers["A"] = BrokerTruth("A", "2.1")
    truth.brokers["A"].boots.append(Boot(Span.at(0)))
    truth.brokers["A"].obstacles.extend(obstacles)
    return truth


@pytest.mark.parametrize("moments, at, may, must", [
    ((100, 105), 110, True, True),
    ((100, 105), 163, True, True),
    ((100, 105), 165, True, False),
    ((100, 105), 167, False, False),
    ((100, 110), 120, True, False),
    ((100, 112), 120, False, False),
    ((100,), 101, False, False),
    ((100, 105, 150), 200, True, False),  # the one at 150 is enough for it to go on
    ((100, 105, 180), 190, False, False),
])  # fmt: skip
def test_a_conflict_is_two_takeovers_within_10_s_until_60_s_after_the_last(moments, at, may, must):
    connections = fought_over(*moments)
    assert may_be_in_conflict(connections, Span.at(at)) is may
    assert must_be_in_conflict(quiet_truth(), connections, Span.at(at)) is must


def test_where_something_was_in_the_way_a_conflict_may_not_be_known():
    connections = fought_over(100, 105)
    assert not must_be_in_conflict(quiet_truth(Obstacle(CUT, 102, 103)), connections, Span.at(120))
    assert must_be_in_conflict(quiet_truth(Obstacle(CUT, 90, 95)), connections, Span.at(120))
    assert not must_be_in_conflict(quiet_truth(), fought_over(100, 105, boot=1), Span.at(120))
    connections[0].also = (("connection_closed", False),)
    assert not must_be_in_conflict(quiet_truth(), connections, Span.at(120))
    assert may_be_in_conflict(connections, Span.at(120))


def test_what_was_said_again_after_the_clock_was_set_is_the_same_to_some_milliseconds():
    row = {"device": "d", "at": "2026-03-01T12:00:00.100Z", "next": {"status": "offline", "at": "2026-03-01T12:30:00.100Z"}, "seq": 7}
    again = as_if_right({**row, "at": "2026-03-01T00:00:00.101Z"}, seconds_of("2026-03-01T12:00:01.000Z"))
    assert again["at"] == "2026-03-01T12:00:00.101Z"
    assert are_the_same(row, again, steps=1)
    assert not are_the_same(row, again)  # the clock wasn't set
    assert not are_the_same(row, {**row, "at": "2026-03-01T12:00:00.200Z"}, steps=1)
    assert not are_the_same(row, {**row, "seq": 8}, steps=1)
    assert not are_the_same(row, {**row, "next": None}, steps=1)
