import stat

import pytest

from messaging.simulator.outcomes import SUFFIXES
from messaging.smpp import status

from .far_end import SLOW, answers, bound, calling, send, simulator_in, submit, take, talk, told


async def put(client, **wishes):
    async with client.put("/control", json=wishes) as answer:
        return answer.status, await answer.json()


async def get(client, path="/control", **query):
    async with client.get(path, params=query) as answer:
        return await answer.json()


def test_settings_change_what_happens_next(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, calling(simulator) as caller:
            shares = {"undelivered": 1}
            assert (await put(caller, receipt_delay_seconds=0, shares=shares))[0] == 200
            async with bound(simulator) as client:
                await send(client, submit())
                return await take(client, 2)

    assert told(talk(story()))[0][1:] == ("UNDELIV", "032")


def test_settings_survive_a_restart_and_win_over_arguments(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await put(client, receipt_delay_seconds=7, use_suffixes=False)
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            return await get(client)

    told_now = talk(story())
    assert (told_now["receipt_delay_seconds"], told_now["use_suffixes"]) == (7, False)


def test_a_script_is_set_played_and_shown(tmp_path):
    async def story():
        async with simulator_in(tmp_path, SLOW) as simulator, calling(simulator) as caller:
            fault = {"act": "answer", "status": status.QUEUE_FULL, "times": 2}
            await put(caller, faults=[fault])
            async with bound(simulator) as client:
                await send(client, submit())
                return answers(await take(client, 1)), await get(caller)

    [answered], facts = talk(story())
    assert answered.status == status.QUEUE_FULL
    assert facts["faults"][0]["times"] == 1
    assert (facts["counters"]["refused"], facts["counters"]["accepted"]) == (1, 0)
    assert facts["binds"] == [{"system_id": "demo", "mode": "transceiver"}]


NONSENSE = [
    {"receipt_delay_seconds": -1},
    {"receipt_delay_seconds": "2"},
    {"receipt_delay_seconds": True},
    {"use_suffixes": 1},
    {"shares": {"delivered": 0.5}},
    {"shares": {"nothing": 1}},
    {"shares": []},
    {"ids": "octal"},
    {"unknown": 1},
    {"sinks": []},
    {"sinks": {"a": {"status": 99}}},
    {"sinks": {"a": {"answers": [200, "500"]}}},
    {"sinks": {"a": {"answers": 500}}},
    {"sinks": {"a": {"secret": "whsec_x"}}},
    {"sinks": {"a": {"secret": 1}}},
    {"sinks": {"a": {"colour": 1}}},
    {"faults": {}},
    {"faults": [{"act": "explode"}]},
    {"faults": [{"act": "answer"}]},
    {"faults": [{"act": "close", "times": -1}]},
    {"faults": [{"act": "delay", "seconds": "1"}]},
    {"faults": [{"act": "close", "on": "unbind"}]},
    {"faults": [{"act": "close", "carrier": "cmpp"}]},
    {"faults": [{"act": "close", "to": 1}]},
    {"faults": [{"act": "close", "why": ""}]},
    {"faults": [{"act": ["close"]}]},
    {"faults": [{"act": "close", "on": "link"}]},
    {"faults": [{"act": "slow"}]},
    {"faults": [{"act": "break"}]},
    {"faults": [{"act": "close", "skip": -1}]},
    {"faults": [{"act": "close", "after": 5, "until": 5}]},
    {"faults": [{"act": "close", "every": 0}]},
    {"faults": [{"act": "close", "until": 20, "every": 10}]},
    {"sinks": {"a": {"body": "song"}}},
    {"sinks": {"a": {"headers": {"X": "a\nb"}}}},
    {"deliver": {}},
    {"deliver": [{"what": "love", "account": "demo"}]},
    {"deliver": [{"what": "inbound", "account": "nobody"}]},
    {"deliver": [{"what": "inbound", "account": "demo", "times": 0}]},
    {"deliver": [{"what": "inbound", "account": "demo", "text": 1}]},
    {"deliver": [{"what": "inbound", "account": "demo", "why": 1}]},
]


@pytest.mark.parametrize("wish", NONSENSE, ids=str)
def test_a_wish_that_makes_no_sense_changes_nothing(tmp_path, wish):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            before = await get(client)
            code, _ = await put(client, late_delay_seconds=9, **wish)
            after = await get(client)
            changing = ("cpu_seconds", "faults_began_seconds_ago")
            return code, {**after, **{name: before[name] for name in changing}} == before

    assert talk(story()) == (400, True)
    assert not (tmp_path / "control.json").exists()


def test_a_sink_is_removed_by_null(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await put(client, sinks={"a": {"status": 500}})
            _, facts = await put(client, sinks={"a": None})
            return facts["sinks"]

    assert talk(story()) == {}


def test_secrets_are_neither_shown_nor_readable_by_others(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            return await put(client, sinks={"a": {"secret": "whsec_c2VjcmV0"}})

    _, facts = talk(story())
    assert facts["sinks"]["a"]["has_secret"]
    assert "whsec" not in str(facts)
    assert stat.S_IMODE((tmp_path / "control.json").stat().st_mode) == 0o600


def test_the_log_of_submissions_can_be_followed(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path, SLOW) as simulator,
            calling(simulator) as caller,
            bound(simulator) as client,
        ):
            await send(client, *[submit(text=str(number)) for number in range(4)])
            await take(client, 4)
            first = await get(caller, "/log", after="0", limit="3")
            second = await get(caller, "/log", after=str(first["next"]))
            return first["submissions"] + second["submissions"]

    assert [facts["text"] for facts in talk(story())] == list("0123")


def test_the_front_page_explains_the_suffixes_and_shows_what_came(tmp_path):
    async def story():
        async with (
            simulator_in(tmp_path, SLOW) as simulator,
            calling(simulator) as caller,
            bound(simulator) as client,
        ):
            await send(client, submit(text="<i>hello"), submit(""))
            await take(client, 2)
            await put(caller, sinks={"shop": {}}, faults=[{"act": "silence"}])
            async with caller.get("/") as answer:
                return await answer.text()

    page = talk(story())
    assert all(digits in page and it.description in page for digits, it in SUFFIXES.items())
    assert "&lt;i&gt;hello" in page
    assert "refused: INVALID_DESTINATION" in page
    assert 'href="/webhooks/shop"' in page
