"""What must hold, as SQL: each query finds the rows that break it, so a healthy platform has none.

The parameters, the same for all:

    since_id    the smallest message id that is looked at
    until_id    the smallest beyond: messages are looked at up to here
    loose_id    a few minutes older: rows that only help to judge are taken from here
    loose, loose_until   the same as instants, before and after: ledger entries between them are
                looked at
    settled_id  no receipt that ended one of these messages is younger
    is_partial  false when everything is looked at
    is_past     true when what came after `until` is left out
    kept_id     the smallest message id whose partition still exists
    now
    never_accepted, not_delivered   the states that are refunded, always and by basis

Each query is one statement, so it sees one moment of a platform at work.
"""

from dataclasses import dataclass

from smsplatform.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` returns what breaks the sentence; `reads_recent` puts RECENT_ENTRIES before it.

    One that `is_of_a_time` holds for everything if it holds for each day: what is too much for one
    look is looked at day by day.
    """

    id: str
    sentence: Sentence
    sql: str
    reads_recent: bool = False
    is_of_a_time: bool = True

    @property
    def query(self) -> str:
        return RECENT_ENTRIES + self.sql if self.reads_recent else self.sql


# The entries booked since `loose`, found from each ledger's end so that no index on time is needed.
# `after_seq` is the last entry that is not looked at, `last_seq` the last that is. The planner
# cannot know how few they are: OFFSET 0 keeps it from reading the whole ledger.
RECENT_ENTRIES = """
    WITH recent AS MATERIALIZED (
        SELECT e.*, f.after_seq
        FROM billing_ledgerhead h
        LEFT JOIN LATERAL (
            SELECT seq FROM billing_entry b
            WHERE %(is_partial)s AND b.account_id = h.account_id AND b.booked_at < %(loose)s
            ORDER BY seq DESC LIMIT 1
        ) p ON true
        LEFT JOIN LATERAL (
            SELECT seq FROM billing_entry b
            WHERE %(is_past)s AND b.account_id = h.account_id AND b.booked_at < %(loose_until)s
            ORDER BY seq DESC LIMIT 1
        ) l ON true
        CROSS JOIN LATERAL (SELECT coalesce(p.seq, 0) AS after_seq, l.seq AS last_seq) f
        CROSS JOIN LATERAL (
            SELECT * FROM billing_entry b
            WHERE b.account_id = h.account_id AND b.seq > f.after_seq
              AND (NOT %(is_past)s OR b.seq <= f.last_seq)
            OFFSET 0
        ) e
    )
"""
