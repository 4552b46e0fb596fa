"""Plans of calls: they end at what is wanted, cost little, and never leave a list too short on the way."""

import random
from collections import Counter

import pytest

from playlists.writing import edits
from playlists.writing.plan import ImpossiblePlanError, plan, reachable_contents
from playlists.writing.steps import Add, Move, Plan, Remove, Replace, apply_step, is_addressable, is_local

LOCAL = "spotify:local:Artist:Album:Title:200"


def uri(number):
    return f"spotify:track:{number:022d}"


def uris(*numbers):
    return [uri(number) for number in numbers]


def states_after_each_call(current, planned):
    """What the list holds after each call of the plan."""
    for step in planned.steps:
        current = apply_step(current, step)
        yield current


def is_allowed(step):
    """As Spotify takes it: at most 100 URIs, none that it cannot name, and a range of at least one."""
    if isinstance(step, Move):
        return step.range_length >= 1 and step.range_start >= 0
    named = all(one.startswith(("spotify:track:", "spotify:episode:")) for one in step.uris)
    return named and len(step.uris) <= 100 and (isinstance(step, Replace) or len(step.uris) > 0)


def check(current, wanted):
    """Every promise that a plan makes; the plan."""
    planned = plan(current, wanted)
    states = [current, *states_after_each_call(current, planned)]
    assert states[-1] == wanted
    shortest = min(100, len(current), len(wanted))
    assert min(map(len, states)) >= shortest
    assert max(map(len, states)) <= max(10_000, len(current))
    assert all(is_allowed(step) for step in planned.steps)
    before, after = Counter(current), Counter(wanted)
    assert (planned.added, planned.removed) == ((after - before).total(), (before - after).total())
    if any(is_local(one) for one in current):
        assert not any(isinstance(step, Replace) for step in planned.steps)
        for state in states:
            assert [one for one in state if is_local(one)] == [one for one in current if is_local(one)]
    else:
        assert len(planned.steps) <= max(1, -(-len(wanted) // 100))
    if len(before) == len(current) and len(after) == len(wanted) and all(map(is_addressable, current)):
        assert len(planned.steps) <= edits_at_most(current, wanted)
    return planned


def edits_at_most(current, wanted):
    """ceil(added/100) + ceil(removed/100) + insertion points + moves, worked out in another way than the plan's."""
    there, here = set(current), set(wanted)
    added, removed = len(here - there), len(there - here)
    points = sum(
        one not in there and (place == 0 or wanted[place - 1] in there) for place, one in enumerate(wanted)
    )
    order = {one: place for place, one in enumerate(wanted)}
    kept = [order[one] for one in current if one in order]
    return -(-added // 100) + -(-removed // 100) + points + len(kept) - longest_increasing(kept)


def longest_increasing(numbers):
    """By the textbook, in quadratic time."""
    lengths = []
    for place, number in enumerate(numbers):
        lengths.append(1 + max((lengths[i] for i in range(place) if numbers[i] < number), default=0))
    return max(lengths, default=0)


def edited(chance, items, pool, edits):
    """The items after some edits such as a library brings about, and such as people make by hand."""
    items = list(items)
    for _ in range(edits):
        kind = chance.randrange(5)
        place = chance.randrange(len(items) + 1)
        length = chance.choice((1, 1, 2, 5, 40))
        if kind == 0:
            items[place:place] = chance.sample(pool, min(length, len(pool)))
        elif kind == 1:
            del items[place : place + length]
        elif kind == 2 and items:
            part = items[place : place + length]
            del items[place : place + length]
            target = chance.randrange(len(items) + 1)
            items[target:target] = part
        elif kind == 3 and items:
            items.insert(place, chance.choice(items))
        elif kind == 4 and len(items) > 2:
            gone = set(chance.sample(items, len(items) // 3))
            items = [one for one in items if one not in gone]
    return items


@pytest.mark.parametrize("seed", range(12))
def test_random_pairs(seed):
    """Thousands of pairs of lists, with duplicates, entries without content, episodes and local files."""
    chance = random.Random(seed)
    for number in range(350):
        size = chance.choice(
            (0, 1, 3, 10, 60, 99, 100, 101, 140, 230, 420) if number % 7 == 0 else (3, 12, 40, 105)
        )
        pool = [uri(n) if n % 9 else f"spotify:episode:{n:022d}" for n in range(size * 2 + 3)]
        current = chance.sample(pool, size)
        wanted = edited(chance, current, pool, chance.choice((0, 1, 2, 4, 9)))
        if chance.random() < 0.3:
            chance.shuffle(wanted)
        if chance.random() < 0.5:
            wanted = list(dict.fromkeys(wanted))
        if chance.random() < 0.3:
            current = edited(chance, current, pool, 2)
        if chance.random() < 0.1:
            current.insert(chance.randrange(len(current) + 1), "")
        check(current, reachable_contents(current, wanted))


@pytest.mark.parametrize("seed", range(6))
def test_random_pairs_with_local_files(seed):
    """Local files stay where they are, and nothing is ever replaced around them."""
    chance = random.Random(seed)
    for _ in range(150):
        pool = uris(*range(80))
        current = chance.sample(pool, chance.choice((0, 1, 8, 40)))
        wanted = list(dict.fromkeys(edited(chance, current, pool, chance.choice((0, 1, 3, 8)))))
        for name in range(chance.choice((1, 1, 2, 4))):
            current.insert(chance.randrange(len(current) + 1), chance.choice((LOCAL, f"{LOCAL}{name}", "")))
        current.append(LOCAL)
        settled = reachable_contents(current, wanted)
        check(current, settled)
        for place, one in enumerate(current):
            if one and is_local(one) and place < len(wanted):
                assert settled[place] == one, "a local file is not where it was"


@pytest.mark.parametrize("seed", range(6))
def test_random_pairs_of_longer_lists_with_local_files(seed):
    """Long enough that what is in another order goes and comes back part by part."""
    chance = random.Random(seed)
    for _ in range(40):
        pool = uris(*range(700))
        current = chance.sample(pool, chance.choice((101, 150, 230, 420)))
        wanted = edited(chance, current, pool, chance.choice((0, 1, 3, 8)))
        if chance.random() < 0.7:
            chance.shuffle(wanted)
        if chance.random() < 0.5:
            wanted = list(dict.fromkeys(wanted))
        for name in range(chance.choice((1, 1, 2, 30))):
            current.insert(chance.randrange(len(current) + 1), f"{LOCAL}{name}")
        check(current, reachable_contents(current, wanted))


@pytest.mark.parametrize("kind", ["shuffled", "turned round", "half of it other tracks"])
def test_a_full_list_with_one_local_file_in_any_order_takes_two_calls_per_hundred_items(monkeypatch, kind):
    """And so do the ways that are tried: each call of each is as much work as the list is long."""
    there = uris(*range(9_999))
    wanted = uris(*range(5_000, 14_999)) if kind.startswith("half") else list(there)
    if kind == "turned round":
        wanted.reverse()
    else:
        random.Random(7).shuffle(wanted)
    current = [*there[:4_000], LOCAL, *there[4_000:]]
    tried = []
    make_call = edits.Edit._call
    monkeypatch.setattr(
        edits.Edit, "_call", lambda edit, step: (tried.append(step), make_call(edit, step))[1]
    )
    planned = plan(current, reachable_contents(current, wanted))
    assert len(planned.steps) <= 2 * 100 + 2
    assert len(tried) <= 8 * len(planned.steps)
    states = list(states_after_each_call(current, planned))
    assert states[-1] == reachable_contents(current, wanted)
    assert max(map(len, states)) <= 10_000
    assert min(map(len, states)) >= 10_000 - 200
    assert all(LOCAL in state for state in states)


# What a plan is, in cases that people know


def test_nothing_to_do():
    assert plan(uris(1, 2), uris(1, 2)) == Plan()
    assert str(plan([], [])) == "nothing to do"


LONG = uris(*range(1000))


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [
        ([*LONG, *uris(2000, 2001)], (Add((uri(2000), uri(2001))),)),
        ([uri(2000), *LONG], (Add((uri(2000),), 0),)),
        ([*LONG[:500], *LONG[510:]], (Remove(tuple(LONG[500:510])),)),
        ([*LONG[900:], *LONG[:900]], (Move(900, 0, 100),)),
        ([*LONG[:10], *LONG[40:50], *LONG[10:40], *LONG[50:]], (Move(40, 10, 10),)),
        ([*LONG[1:], uri(2000)], (Remove((LONG[0],)), Add((uri(2000),)))),
    ],
    ids=["append", "put in front", "remove", "turn round", "move a range", "slide"],
)
def test_long_lists_are_edited(wanted, steps):
    assert plan(LONG, wanted).steps == steps


def test_a_scattered_order_is_removed_and_added_again_where_that_is_cheaper():
    """Thirty tracks from all over the list go to the end: two calls, not thirty moves, not ten to replace all."""
    scattered = LONG[::35]
    wanted = [one for one in LONG if one not in set(scattered)] + scattered[::-1]
    assert [type(step) for step in check(LONG, wanted).steps] == [Remove, Add]


def test_a_new_order_is_a_replacement():
    wanted = LONG[::-1]
    assert [type(step) for step in check(LONG, wanted).steps] == [Replace, *[Add] * 9]


def test_up_to_a_hundred_it_is_one_call_whatever_has_changed():
    chance = random.Random(1)
    for _ in range(50):
        current, wanted = (chance.sample(uris(*range(150)), 100) for _ in range(2))
        assert len(check(current, wanted).steps) == 1


def test_other_contents_are_added_before_the_old_ones_go():
    """A list of 100 becomes one of 250 other tracks, then goes back."""
    old, new = uris(*range(100)), uris(*range(500, 750))
    check(old, new)
    check(new, old)
    assert plan(new, old).steps == (Replace(tuple(old)),)


def test_emptied():
    assert plan(uris(1, 2), []).steps in ((Remove((uri(1), uri(2))),), (Replace(()),))
    check(LONG, [])


def test_one_of_two_equal_tracks():
    """Taking one away by position takes both: so both go, and one comes back."""
    current = [*LONG[:700], LONG[3], *LONG[700:]]
    planned = check(current, LONG)
    assert planned.steps == (Remove((LONG[3],)), Add((LONG[3],), 3))
    assert (planned.added, planned.removed) == (0, 1)


def test_a_local_file_costs_no_calls():
    current = [*LONG[:400], LOCAL, *LONG[400:]]
    wanted = [uri(2000), *LONG[1:700], *LONG[800:], *LONG[700:800]]
    assert check(current, reachable_contents(current, wanted)).steps == (
        Remove((LONG[0],)),
        Move(700, 1000, 100),
        Add((uri(2000),), 0),
    )


def test_an_entry_without_content_goes_by_replacement():
    current = [*LONG[:150], "", *LONG[150:300]]
    assert [type(step) for step in check(current, LONG[:300]).steps] == [Replace, Add, Add]


def test_an_entry_without_content_stays_in_a_list_that_is_only_added_to():
    current = [*LONG[:150], "", *LONG[150:300]]
    wanted = [*current, uri(2000)]
    assert plan(current, reachable_contents(current, wanted)).steps == (Add((uri(2000),)),)


def test_beside_a_local_file_one_of_two_equal_tracks_goes():
    """For one call the list is short of the copy that comes back: there is no other way, and no harm."""
    current = [*LONG[:50], LONG[3], LOCAL]
    planned = plan(current, reachable_contents(current, LONG[:50]))
    assert planned.steps == (Remove((LONG[3],)), Add((LONG[3],), 3))
    assert list(states_after_each_call(current, planned)) == [
        [*LONG[:3], *LONG[4:50], LOCAL],
        [*LONG[:50], LOCAL],
    ]


def test_surplus_copies_go_while_what_goes_is_still_there():
    current = [LONG[0], LONG[0], LOCAL, *LONG[1:4]]
    wanted = reachable_contents(current, LONG[:1])
    planned = plan(current, wanted)
    assert planned.steps == (Remove((*LONG[:3],)), Add((LONG[0],), 0), Remove((LONG[3],)))
    assert list(map(len, states_after_each_call(current, planned))) == [2, 3, 2]


def test_a_list_that_was_doubled_as_a_whole_is_never_short_of_more_than_one_item():
    current = [LOCAL, *LONG[:40], *LONG[:40]]
    wanted = reachable_contents(current, LONG[:40])
    planned = plan(current, wanted)
    sizes = list(map(len, states_after_each_call(current, planned)))
    assert min(sizes) == len(wanted) - 1
    assert len(planned.steps) < 15
    assert [*states_after_each_call(current, planned)][-1] == wanted == [LOCAL, *LONG[:40]]


@pytest.mark.parametrize("seed", range(6))
def test_random_lists_with_local_files_and_doubled_tracks(seed):
    """There is always a plan, and it lacks at most the copies of one item."""
    chance = random.Random(seed)
    for _ in range(100):
        pool = uris(*range(120))
        wanted = chance.sample(pool, chance.choice((1, 2, 8, 40, 110)))
        wanted += chance.choices(wanted, k=chance.choice((0, 0, 3)))
        current = edited(chance, wanted, pool, chance.choice((0, 1, 3)))
        current += chance.choices(current or pool, k=chance.choice((1, 2, 30)))
        chance.shuffle(current)
        current.insert(chance.randrange(len(current) + 1), LOCAL)
        settled = reachable_contents(current, wanted)
        planned = plan(current, settled)
        states = [current, *states_after_each_call(current, planned)]
        assert states[-1] == settled
        shortest = min(100, len(current), len(settled))
        assert min(map(len, states)) >= shortest - max(Counter(settled).values())
        assert all(LOCAL in state for state in states)
        assert all(is_allowed(step) for step in planned.steps)


def test_a_full_list_with_a_local_file_is_renewed_part_by_part():
    """Nothing can be added before something goes."""
    current = [LOCAL, *uris(*range(9_999))]
    wanted = reachable_contents(current, uris(*range(20_000, 29_999)))
    planned = plan(current, wanted)
    states = list(states_after_each_call(current, planned))
    assert states[-1] == wanted
    assert len(states) <= 2 * 100
    assert {len(state) for state in states} <= {9_900, 9_901, 10_000}
    assert all(LOCAL in state for state in states)


def test_where_local_files_change_their_order_there_is_no_plan():
    """They cannot be addressed, so that nothing moves them."""
    with pytest.raises(ImpossiblePlanError):
        plan([f"{LOCAL}1", f"{LOCAL}2"], [f"{LOCAL}2", f"{LOCAL}1"])


def test_a_full_list_never_exceeds_the_limit():
    full = uris(*range(10_000))
    for wanted in ([*full[150:], *uris(*range(20_000, 20_150))], [*uris(*range(20_000, 20_099)), *full[99:]]):
        check_quick(full, wanted)


def check_quick(current, wanted):
    states = list(states_after_each_call(current, plan(current, wanted)))
    assert states[-1] == wanted
    assert max(map(len, states)) <= 10_000
    assert len(states) <= 4


@pytest.mark.parametrize(
    ("current", "wanted", "said"),
    [
        (LONG, [*LONG, uri(2000)], "1 call: 1 added, 0 removed"),
        (LONG, [*LONG[1:], LONG[0]], "1 call: 0 added, 0 removed, 1 move"),
        (LONG, LONG[:1:-1], "10 calls: 0 added, 2 removed, replaced as a whole"),
    ],
)
def test_a_plan_can_be_read(current, wanted, said):
    assert str(plan(current, wanted)) == said
