"""What a platform starts with, for each country it knows: data that staff change at their desk."""

from datetime import time

from messaging.models import FrequencyCap, RuleSwitch, SampleShare, SendingHours
from templates_app.models import MessageClass

_Per, _Window = FrequencyCap.Per, FrequencyCap.Window

# The practice of the large platforms in mainland China: a code once a clock minute, five an hour
# and ten a day for one signature, forty a day from all senders; other classes fifty a day.
CAPS: tuple[tuple[str, str, str, str, int], ...] = (
    ("CN", MessageClass.VERIFICATION, _Per.SIGNATURE, _Window.MINUTE, 1),
    ("CN", MessageClass.VERIFICATION, _Per.SIGNATURE, _Window.HOUR, 5),
    ("CN", MessageClass.VERIFICATION, _Per.SIGNATURE, _Window.DAY, 10),
    ("CN", MessageClass.VERIFICATION, _Per.PLATFORM, _Window.DAY, 40),
    ("CN", MessageClass.NOTICE, _Per.TEMPLATE, _Window.DAY, 50),
    ("CN", MessageClass.MARKETING, _Per.TEMPLATE, _Window.DAY, 50),
)


# Advertising only by day. Abroad the strictest rule of the country's own is the safe one to begin
# with; a country of many zones is written to while it is day in all of them.
HOURS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("CN", 8, 20, ("Asia/Shanghai",)),
    ("HK", 8, 20, ("Asia/Hong_Kong",)),
    ("SG", 8, 20, ("Asia/Singapore",)),
    ("IN", 10, 21, ("Asia/Kolkata",)),
    ("GB", 8, 20, ("Europe/London",)),
    ("FR", 8, 20, ("Europe/Paris",)),
    ("DE", 8, 20, ("Europe/Berlin",)),
    ("US", 9, 21, ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu")),
)

# Where the law asks for an agreement to each number's advertising before the first message. In
# mainland China and elsewhere whoever sends keeps the proof, and the review of the template asks
# for it; staff switch the rule on for a country or an account.
CONSENT_FIRST: tuple[tuple[str, str], ...] = (
    ("US", "TCPA: prior express written consent"),
    ("GB", "PECR: prior consent"),
    ("IE", "ePrivacy: prior consent"),
    ("FR", "ePrivacy: prior consent"),
    ("DE", "ePrivacy: prior consent"),
    ("NL", "ePrivacy: prior consent"),
    ("ES", "ePrivacy: prior consent"),
)
CONSENT_RULE = "consent_missing"


def install() -> None:
    """On a platform that has none yet; whoever wants none makes them inactive."""
    if not FrequencyCap.objects.exists():
        FrequencyCap.objects.bulk_create(_caps())
    # Whoever wants no samples says so there: none a day.
    if not SampleShare.objects.exists():
        SampleShare.objects.create()
    if not SendingHours.objects.exists():
        SendingHours.objects.bulk_create(_hours())
    if not RuleSwitch.objects.filter(rule=CONSENT_RULE).exists():
        RuleSwitch.objects.bulk_create(
            RuleSwitch(rule=CONSENT_RULE, country=country, is_on=True, reason=reason)
            for country, reason in CONSENT_FIRST
        )


def _caps() -> list[FrequencyCap]:
    return [
        FrequencyCap(
            country=country, message_class=message_class, per=per, window=window, most=most
        )
        for country, message_class, per, window, most in CAPS
    ]


def _hours() -> list[SendingHours]:
    return [
        SendingHours(country=country, opens_at=time(opens), closes_at=time(closes), zones=[*zones])
        for country, opens, closes, zones in HOURS
    ]
