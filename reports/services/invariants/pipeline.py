"""Messages, their attempts, receipts and keys."""

from django.utils.translation import gettext_lazy as _

from reports.services.invariants import Invariant

I07 = Invariant(
    "I07",
    _(
        "A message is tried again only when no carrier can have it, or once where the sender wants"
        " it."
    ),
    """
    SELECT p.message_id AS message, p.no AS attempt, p.state, 'tried again' AS fault
    FROM messaging_attempt p
    JOIN messaging_attempt a ON a.message_id = p.message_id AND a.no > p.no
    WHERE p.message_id >= %(since_id)s AND p.message_id < %(until_id)s
      AND a.message_id >= %(since_id)s AND a.message_id < %(until_id)s
      AND p.state NOT IN ('refused', 'released', 'superseded')
    UNION ALL
    SELECT m.id, max(a.no), 'superseded', 'resent too often, or unwanted'
    FROM messaging_attempt a
    JOIN messaging_message m ON m.id = a.message_id
    WHERE a.message_id >= %(since_id)s AND a.message_id < %(until_id)s
      AND m.id >= %(since_id)s AND m.id < %(until_id)s AND a.state = 'superseded'
    GROUP BY m.id, m.on_unknown
    HAVING count(*) > 1 OR m.on_unknown <> 'resend'
    """,
)

I08 = Invariant(
    "I08",
    _("A message's state and its attempts tell the same story."),
    """
    SELECT m.id AS message, m.state, m.rare_state, a.on_wire, a.uncertain, a.accepted
    FROM messaging_message m
    LEFT JOIN (
        SELECT message_id,
               count(*) FILTER (WHERE state IN ('claimed', 'submitting')) AS on_wire,
               count(*) FILTER (WHERE state = 'uncertain') AS uncertain,
               count(*) FILTER (WHERE state = 'accepted') AS accepted
        FROM messaging_attempt
        WHERE message_id >= %(since_id)s AND message_id < %(until_id)s GROUP BY message_id
    ) a ON a.message_id = m.id
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND (coalesce(a.on_wire, 0) <> (m.state = 'sending')::int
           OR coalesce(a.uncertain, 0) <> (m.state = 'uncertain')::int
           OR (m.state IN ('sent', 'no_receipt') AND coalesce(a.accepted, 0) = 0)
           OR m.rare_state <> CASE
                  WHEN m.state IN ('queued', 'sending', 'uncertain', 'sent', 'delivered') THEN ''
                  ELSE m.state END)
    """,
)

I09 = Invariant(
    "I09",
    _("Of a message that waits for its receipts, the carrier's id of every part is known."),
    """
    SELECT m.id AS message, a.no AS attempt, m.parts, coalesce(p.count, 0) AS known
    FROM messaging_message m
    JOIN messaging_attempt a ON a.message_id = m.id
     AND a.message_id >= %(since_id)s AND a.message_id < %(until_id)s
    LEFT JOIN (
        SELECT message_id, attempt_no, count(*) AS count FROM messaging_part
        WHERE message_id >= %(since_id)s AND message_id < %(until_id)s
        GROUP BY message_id, attempt_no
    ) p ON p.message_id = a.message_id AND p.attempt_no = a.no
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND a.state = 'accepted' AND m.state IN ('sent', 'no_receipt')
      AND coalesce(p.count, 0) <> m.parts
    """,
)

# A minute of grace: the successor raises the epoch first and recovers in its next transactions.
I10 = Invariant(
    "I10",
    _("No attempt stays open that a former owner of the carrier's lease began."),
    """
    SELECT a.message_id AS message, a.no AS attempt, a.carrier_id AS carrier, a.epoch,
           l.epoch AS present_epoch
    FROM messaging_attempt a
    JOIN messaging_lease l ON l.name = 'carrier:' || a.carrier_id
    WHERE a.state IN ('claimed', 'submitting') AND a.epoch < l.epoch
      AND a.claimed_at < %(now)s - interval '1 minute'
    """,
)

I11 = Invariant(
    "I11",
    _("Nothing is stuck."),
    """
    SELECT message_id AS message, 'on the wire for 5 minutes' AS fault FROM messaging_attempt
    WHERE state IN ('claimed', 'submitting') AND claimed_at < %(now)s - interval '5 minutes'
    UNION ALL
    SELECT message_id, 'uncertain past its deadline' FROM messaging_attempt
    WHERE state = 'uncertain'
      AND coalesce(decide_at, claimed_at + interval '6 hours') < %(now)s - interval '15 minutes'
    UNION ALL
    SELECT message_id, 'waits though its validity has ended' FROM messaging_due
    WHERE valid_until < %(now)s - interval '5 minutes'
    UNION ALL
    SELECT d.message_id, 'scheduled, and its time has come' FROM messaging_due d
    JOIN messaging_message m ON m.id = d.message_id
    WHERE d.due_at < %(now)s - interval '2 minutes' AND m.state = 'scheduled'
    UNION ALL
    SELECT m.id, 'waits, and nothing will claim it' FROM messaging_message m
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s AND m.state IN ('queued', 'scheduled')
      AND NOT EXISTS (SELECT FROM messaging_due d WHERE d.message_id = m.id)
    UNION ALL
    SELECT m.id, 'in review, and nobody is to read it' FROM messaging_message m
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s AND m.state = 'review'
      AND NOT EXISTS (
          SELECT FROM messaging_hold h
          WHERE h.batch_id = m.batch_id AND m.id BETWEEN h.first_id AND h.last_id
            AND h.state IN ('waiting', 'passing', 'rejecting'))
    UNION ALL
    SELECT h.first_id, 'held though its validity has ended' FROM messaging_hold h
    WHERE h.state = 'waiting' AND h.valid_until < %(now)s - interval '5 minutes'
    UNION ALL
    SELECT h.first_id, 'decided, and not carried out' FROM messaging_hold h
    WHERE h.state IN ('passing', 'rejecting') AND h.decided_at < %(now)s - interval '15 minutes'
    UNION ALL
    SELECT h.first_id, 'held, and no review waits for it' FROM messaging_hold h
    WHERE h.state = 'waiting' AND h.held_at < %(now)s - interval '5 minutes'
      AND NOT EXISTS (
          SELECT FROM core_item i
          WHERE i.kind = 'message' AND i.target_id = h.review_id
            AND i.state IN ('waiting', 'second_look'))
    UNION ALL
    SELECT m.id, 'sent 73 hours ago' FROM messaging_message m
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s AND m.state = 'sent'
      AND m.sent_at < %(now)s - interval '73 hours'
    """,
)

I13 = Invariant(
    "I13",
    _("A receipt takes effect within a minute of being known, and no message ends without one."),
    """
    SELECT r.id AS id, 'waits though its part is known' AS fault
    FROM messaging_receipt r
    JOIN messaging_part p ON p.carrier_id = r.carrier_id
     AND p.carrier_message_id = r.carrier_message_id
    JOIN messaging_attempt a ON a.message_id = p.message_id AND a.no = p.attempt_no
    JOIN messaging_message m ON m.id = p.message_id AND m.state NOT IN ('queued', 'sending')
    WHERE r.id >= %(since_id)s AND r.id < %(until_id)s AND r.applied_at IS NULL
      AND greatest(r.received_at, a.answered_at) < %(now)s - interval '1 minute'
    UNION ALL
    SELECT r.id, 'waits for 73 hours' FROM messaging_receipt r
    WHERE r.applied_at IS NULL AND r.received_at < %(now)s - interval '73 hours'
    UNION ALL
    SELECT m.id, 'ended without a receipt that says so' FROM messaging_message m
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND m.state IN ('delivered', 'undelivered')
      AND NOT EXISTS (
          SELECT FROM messaging_receipt r
          WHERE r.id >= %(loose_id)s AND r.id < %(settled_id)s
            AND r.message_id = m.id AND r.outcome = m.state)
    UNION ALL
    SELECT m.id, 'its receipt took no effect' FROM messaging_message m
    JOIN messaging_receipt r ON r.message_id = m.id
     AND r.id >= %(loose_id)s AND r.id < %(settled_id)s
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND m.state IN ('sent', 'no_receipt') AND m.parts = 1
      AND r.applied_at IS NOT NULL AND r.outcome IN ('delivered', 'undelivered')
    """,
)

I14 = Invariant(
    "I14",
    _("An idempotency key leads to one batch, of its own account."),
    """
    SELECT k.account_id AS account, k.key, k.batch_id AS batch, b.account_id AS batch_account
    FROM messaging_idempotencykey k
    LEFT JOIN messaging_batch b ON b.id = k.batch_id
    WHERE k.created_at >= %(loose)s AND k.account_id IS DISTINCT FROM b.account_id
    UNION ALL
    SELECT min(account_id), min(key), batch_id, NULL FROM messaging_idempotencykey
    WHERE created_at >= %(loose)s
    GROUP BY batch_id HAVING count(*) > 1
    """,
)

ALL = (I07, I08, I09, I10, I11, I13, I14)
