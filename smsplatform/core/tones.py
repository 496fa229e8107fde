"""What a state looks like, by its word: one word means one thing in every app.

good: it went well · going: under way, nothing to do · unsure: somebody should look
bad: it ended badly · off: not in force, or over without harm
"""

DEFAULT = "going"

_WORDS = {
    "good": (
        "active approved published delivered accepted filed verified paid done decided clean passed"
        " applied matched issued"
    ),
    "going": (
        "in_review submitted pending asked queued sending submitting sent claimed filing"
        " requested filed_unverified quarantined running open passing rejecting reading applying"
    ),
    "unsure": (
        "proposed in_arrears needs_more review uncertain no_receipt expiring lapsing waiting held"
        " written_off second_look ready read parked unmatched partly_reversed"
    ),
    "bad": (
        "rejected refused failed undelivered suspended frozen dead expired revoked lapsed blocked"
    ),
    "off": (
        "draft not_filed withdrawn cancelled closed scheduled released disabled replaced"
        " reversed superseded archived over purged dismissed"
    ),
}

TONES: dict[str, str] = {word: tone for tone, words in _WORDS.items() for word in words.split()}


def of(state: str) -> str:
    """A word that is not known yet is under way: it never looks like success or like harm."""
    return TONES.get(str(state), DEFAULT)
