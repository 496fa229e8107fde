"""An opt-out races the claim on real PostgreSQL: a message is sent before it, or cancelled and paid
back; never both, never neither.
"""

from messaging.services import inbound
from messaging.services.inbound import Arrival
from smsplatform.core import clock
from tests.concurrency.test_cancelling import RUNS, race, racing, to

__all__ = ["race", "racing"]

CODE = "106900001"


def hear(race, word, run):
    """Every recipient writes it to the customer's signature."""
    destination = f"{CODE}{race.line.customer.signature.extension}"
    arrivals = [
        Arrival(f"86{number}", destination, word.encode(), "latin1", named=f"{word}-{run}-{number}")
        for number in to(len(race.message_ids))
    ]
    inbound.store(carrier_id=race.line.carrier.id, arrivals=arrivals, now=clock.now())


def test_who_opts_out_was_written_to_before_or_is_not(race, racing):
    race.line.carrier.access_code = CODE
    race.line.carrier.save()
    round_now = [0]
    racers = racing(race.claim, lambda: hear(race, "STOPALL", round_now[0]))

    for run in range(RUNS):
        round_now[0] = run
        race.accept()
        claims, _heard = racers.race()
        race.answer(claims)
        hear(race, "START", run)

    states = race.check()
    assert states["cancelled"]
    assert states["sent"]
