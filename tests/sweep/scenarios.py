"""What is sent, and what the far end does with it: a few lines each."""

from collections.abc import Callable
from datetime import timedelta

from messaging.simulator.behaviour import Behaviour
from smsplatform.core import clock
from templates_app.models import Template, WordList
from templates_app.services import words
from templates_app.states import ReviewState
from tests.sweep.town import Town

SCENARIOS: dict[str, Callable[[Town], None]] = {}
# The last four digits decide what becomes of a message: messaging.simulator.outcomes. These do not.
FIRST = 5000
# Late, thrice, before its answer, undelivered, out of order, contradicting itself.
ODD = (3, 4, 5, 6, 9, 10)


def scenario(play: Callable[[Town], None]) -> Callable[[Town], None]:
    SCENARIOS[play.__name__] = play
    return play


def send(town: Town, name: str, *to: str, key: str = "", **body: object) -> None:
    """One request for these numbers, each with a code of its own."""
    first = 100_000 + 100 * len(town.asked)
    rows = [{"to": one, "params": {"code": str(first + n)}} for n, one in enumerate(to)]
    town.ask(name, key=key, messages=rows, template="login_code", **body)


def numbers(count: int, first: int = 0) -> list[str]:
    return [_number(FIRST + first + n) for n in range(count)]


def _number(suffix: int) -> str:
    return f"+861380013{suffix:04}"


@scenario
def a_single_message(town: Town) -> None:
    town.carrier()
    town.start_all()
    send(town, "one", *numbers(1), key="one")


@scenario
def a_request_without_a_key(town: Town) -> None:
    town.carrier()
    town.start_all()
    send(town, "one", *numbers(2))


@scenario
def a_batch_in_several_windows(town: Town) -> None:
    town.carrier(window=2)
    town.start_all()
    send(town, "five", *numbers(5), key="five")
    send(town, "two more", *numbers(2, 10), key="two")


@scenario
def a_long_message(town: Town) -> None:
    town.carrier(window=2)
    town.start_all()
    text = "100900 " + "A long message has several parts. " * 10
    town.ask("long", key="long", to=numbers(1), text=text)


@scenario
def a_scheduled_message(town: Town) -> None:
    town.carrier()
    town.start_all()
    at = (clock.now() + timedelta(seconds=90)).isoformat()
    send(town, "later", *numbers(1), key="later", send_at=at)


@scenario
def receipts_before_answers_and_twice(town: Town) -> None:
    town.carrier()
    town.start_all()
    send(town, "odd", *map(_number, ODD), key="odd")


@scenario
def an_unknown_outcome_is_resent(town: Town) -> None:
    town.carrier()
    town.start_all()
    town.script({"act": "silence", "times": 2, "keep": True})
    town.simulator.centre.behaviour = Behaviour(shares=(("no_receipt", 1.0),))
    send(town, "resend", *numbers(2), key="r", on_unknown="resend")


@scenario
def an_unknown_outcome_fails(town: Town) -> None:
    town.carrier()
    town.start_all()
    town.script({"act": "silence", "times": 1, "keep": False})
    send(town, "fail", *numbers(2), key="f", on_unknown="fail")


@scenario
def the_carrier_refuses(town: Town) -> None:
    town.carrier()
    town.start_all()
    town.script(
        {"act": "answer", "status": 0x58, "times": 1}, {"act": "answer", "status": 11, "times": 1}
    )
    send(town, "refused", *numbers(3), key="r")


@scenario
def a_template_is_withdrawn(town: Town) -> None:
    town.carrier()
    town.start_all()
    at = (clock.now() + timedelta(seconds=70)).isoformat()
    send(town, "withdrawn", *numbers(2), key="w", send_at=at)
    town.loop.run_for(5)
    Template.objects.update(state=ReviewState.WITHDRAWN)


@scenario
def requests_that_a_reviewer_reads(town: Town) -> None:
    """One is let go, one rejected, one of two taken back before anybody has read it."""
    made = WordList.objects.create(name="looked at", level=WordList.Level.REVIEW)
    words.revise(word_list=made, words=["loan", "prize"], by=None, now=clock.now())
    town.carrier()
    town.start_all()
    town.ask("loan", key="l", to=numbers(2), text="100700 Your loan is paid out.")
    town.ask("prize", key="p", to=numbers(2, 10), text="100800 Your prize waits.")
    town.ask("both", key="b", to=numbers(1, 20), text="100900 A loan and a prize.")
    town.cancel("both")


@scenario
def a_sink_that_fails(town: Town) -> None:
    town.carrier()
    town.simulator.sinks.by_name["customer"].answers = [500, 503]
    town.start_all()
    send(town, "told", *numbers(2), key="t")


@scenario
def an_http_carrier(town: Town) -> None:
    town.carrier("http", window=2)
    town.start_all()
    send(town, "http", *numbers(3), key="h")


@scenario
def an_http_carrier_that_breaks_off(town: Town) -> None:
    town.carrier("http")
    town.start_all()
    town.script({"act": "close", "times": 1, "keep": True, "carrier": "http"})
    send(town, "http", *numbers(2), key="h")


@scenario
def a_batch_is_cancelled_on_its_way(town: Town) -> None:
    town.carrier(window=1, rate_per_second=2)
    town.start_all()
    send(town, "taken back", *numbers(4), key="c", on_unknown="fail")
    town.cancel("taken back")


@scenario
def so_many_cuts_that_resends_are_held(town: Town) -> None:
    town.carrier(window=1)
    town.start_all()
    town.script({"act": "close", "times": 4, "keep": False})
    send(town, "cut", *numbers(5), key="c", on_unknown="resend")


@scenario
def a_gateway_stands_still(town: Town) -> None:
    """Longer than its lease lasts; meanwhile another one takes over, and then it goes on."""
    town.boundaries.pause = lambda process: town.loop.pause(process, 13.0)
    town.carrier(window=2)
    town.start_all(gateways=2)
    send(town, "fail", *numbers(3), key="f", on_unknown="fail")
    send(town, "resend", *numbers(2, 10), key="r", on_unknown="resend")


@scenario
def an_opt_out_while_messages_wait(town: Town) -> None:
    """One of two recipients stops everything before their messages are due."""
    town.carrier()
    town.start_all()
    at = (clock.now() + timedelta(seconds=90)).isoformat()
    gone, stays = numbers(2)
    send(town, "scheduled", gone, stays, key="s", send_at=at)
    town.loop.run_for(5)
    town.hear(gone, "STOPALL")
    town.hear(stays, "HELP")
