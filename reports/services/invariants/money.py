"""The ledger, what was charged and given back, invoices."""

from django.utils.translation import gettext_lazy as _

from reports.services.invariants import Invariant

I01 = Invariant(
    "I01",
    _("A wallet's balance is the sum of its entries."),
    """
    SELECT w.id AS wallet, w.account_id AS account, w.balance, coalesce(e.total, 0) AS entries
    FROM billing_wallet w
    LEFT JOIN (
        SELECT wallet_id, sum(amount) AS total FROM billing_entry GROUP BY wallet_id
    ) e ON e.wallet_id = w.id
    WHERE NOT %(is_partial)s AND w.balance <> coalesce(e.total, 0)
    """,
    is_of_a_time=False,
)

I02 = Invariant(
    "I02",
    _("A ledger has no gap, each entry continues its wallet's balance, and head and wallet agree."),
    """
    , chain AS (
        SELECT account_id AS account, seq, wallet_id AS wallet, amount, balance_after,
               coalesce(lag(seq) OVER by_account, after_seq) AS seq_before,
               coalesce(
                   lag(balance_after) OVER by_wallet,
                   -- + 0: the ledger is walked back, not all of the wallet's entries sorted.
                   (SELECT b.balance_after FROM billing_entry b
                    WHERE %(is_partial)s AND b.account_id = r.account_id
                      AND b.wallet_id + 0 = r.wallet_id AND b.seq <= r.after_seq
                    ORDER BY b.seq DESC LIMIT 1),
                   0
               ) AS balance_before
        FROM recent r
        WINDOW by_account AS (PARTITION BY account_id ORDER BY seq),
               by_wallet AS (PARTITION BY account_id, wallet_id ORDER BY seq)
    )
    SELECT account, seq, 'gap before it' AS fault FROM chain WHERE seq <> seq_before + 1
    UNION ALL
    SELECT account, seq, 'balance does not continue' FROM chain
    WHERE balance_after <> balance_before + amount
    UNION ALL
    SELECT h.account_id, h.seq, 'head is not the last entry' FROM billing_ledgerhead h
    WHERE h.seq <> coalesce(
        (SELECT max(e.seq) FROM billing_entry e WHERE e.account_id = h.account_id), 0)
    UNION ALL
    SELECT l.account_id, l.seq, 'wallet is not at its last entry'
    FROM (SELECT DISTINCT ON (wallet_id) wallet_id, account_id, seq, balance_after
          FROM recent ORDER BY wallet_id, seq DESC) l
    JOIN billing_wallet w ON w.id = l.wallet_id
    WHERE NOT %(is_past)s AND w.balance <> l.balance_after
    UNION ALL
    SELECT w.account_id, NULL, 'ledger has no head' FROM billing_wallet w
    WHERE NOT EXISTS (SELECT FROM billing_ledgerhead h WHERE h.account_id = w.account_id)
      AND EXISTS (SELECT FROM billing_entry e WHERE e.wallet_id = w.id)
    """,
    reads_recent=True,
)

# The byte line is that of billing.services.ledger. concat_ws skips a NULL: hence coalesce, and an
# entry without a price row ends before it.
I03 = Invariant(
    "I03",
    _("The hash chain of a ledger recomputes: nobody changed what was booked."),
    """
    , chain AS (
        SELECT r.*,
               coalesce(
                   lag(hash) OVER (PARTITION BY account_id ORDER BY seq),
                   (SELECT b.hash FROM billing_entry b
                    WHERE b.account_id = r.account_id AND b.seq = r.after_seq),
                   decode(repeat('00', 32), 'hex')
               ) AS hash_before
        FROM recent r
    )
    SELECT account_id AS account, seq, 'entry' AS fault FROM chain
    WHERE previous_hash <> hash_before OR hash <> sha256(previous_hash || convert_to(concat_ws('|',
        account_id, seq, kind, wallet_id, amount, balance_after, coalesce(project_id::text, ''),
        message_class, country, unit_price_micros, parts, count, reference, line, actor,
        (extract(epoch FROM booked_at) * 1000000)::bigint, rate_id), 'UTF8'))
    UNION ALL
    SELECT h.account_id, h.seq, 'head' FROM billing_ledgerhead h
    WHERE h.hash <> coalesce(
        (SELECT e.hash FROM billing_entry e WHERE e.account_id = h.account_id
         ORDER BY e.seq DESC LIMIT 1),
        decode(repeat('00', 32), 'hex'))
    """,
    reads_recent=True,
)

I04 = Invariant(
    "I04",
    _("A batch has all its messages, and its charges are their prices, wallet by wallet."),
    """
    , message AS (
        SELECT batch_id, wallet_id, account_id, count(*) AS count, sum(parts) AS parts,
               sum(price_micros) AS price_micros
        FROM messaging_message
        WHERE id >= %(loose_id)s AND id < %(until_id)s GROUP BY batch_id, wallet_id, account_id
    ), charge AS (
        SELECT substring(reference FROM 7)::uuid AS batch_id, wallet_id, account_id,
               sum(count) AS count, sum(parts) AS parts, -sum(amount) AS amount
        FROM recent WHERE kind = 'charge' AND reference ~ '^batch:[0-9a-f-]{36}$'
        GROUP BY reference, wallet_id, account_id
    )
    SELECT b.id AS batch, 'its messages are not what it says' AS fault
    FROM messaging_batch b
    LEFT JOIN (
        SELECT batch_id, sum(count) AS count, sum(parts) AS parts,
               sum(price_micros) AS price_micros
        FROM message GROUP BY batch_id
    ) m ON m.batch_id = b.id
    WHERE b.id >= %(since_id)s AND b.id < %(until_id)s
      AND (b.count, b.parts, b.price_micros) IS DISTINCT FROM (m.count, m.parts, m.price_micros)
    UNION ALL
    SELECT batch_id, 'charged is not what its messages cost'
    FROM message m
    FULL JOIN charge c USING (batch_id, wallet_id, account_id)
    LEFT JOIN billing_wallet w ON w.id = wallet_id
    WHERE batch_id >= greatest(%(since_id)s, %(kept_id)s) AND batch_id < %(until_id)s
      AND CASE
          WHEN m.count IS NULL THEN true
          WHEN c.count IS NULL THEN w.unit IS DISTINCT FROM 'micros' OR m.price_micros <> 0
          ELSE (c.count, c.parts) <> (m.count, m.parts)
            OR c.amount <> CASE w.unit WHEN 'parts' THEN m.parts ELSE m.price_micros END
            OR (w.unit = 'parts' AND m.price_micros <> 0)
          END
    """,
    reads_recent=True,
)

# A receipt that comes after no_receipt may say delivered; the refund stays.
I05 = Invariant(
    "I05",
    _("Who is owed a refund got it once, in full, to the wallet that paid; nobody else got one."),
    """
    , refund AS (
        SELECT substring(reference FROM 9)::uuid AS message_id, account_id, wallet_id, amount, line
        FROM recent WHERE kind = 'refund' AND reference ~ '^message:[0-9a-f-]{36}$'
    ), booked AS (
        SELECT reference, count(*) AS count FROM billing_entry
        WHERE kind = 'refund' AND reference >= 'message:' || %(since_id)s::text
          AND reference < 'message:' || %(until_id)s::text
        GROUP BY reference
    )
    SELECT m.id AS message, m.state, 'not refunded once' AS fault
    FROM messaging_message m
    JOIN billing_wallet w ON w.id = m.wallet_id
    LEFT JOIN booked b ON b.reference = 'message:' || m.id::text
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND (m.state = ANY(%(never_accepted)s)
           OR (m.basis = 'delivered' AND m.state = ANY(%(not_delivered)s)))
      AND (w.unit = 'parts' OR m.price_micros > 0)
      AND coalesce(b.count, 0) <> 1
    UNION ALL
    SELECT r.message_id, m.state, 'refunded without cause'
    FROM refund r
    LEFT JOIN messaging_message m ON m.id = r.message_id
    WHERE r.message_id >= %(kept_id)s
      AND (m.state = ANY(%(never_accepted)s)
           OR (m.basis = 'delivered' AND m.state IN ('delivered', 'undelivered', 'no_receipt'))
          ) IS NOT TRUE
    UNION ALL
    SELECT r.message_id, m.state, 'refunded otherwise than it was paid'
    FROM refund r
    JOIN messaging_message m ON m.id = r.message_id
    JOIN billing_wallet w ON w.id = m.wallet_id
    WHERE (r.account_id, r.wallet_id) <> (m.account_id, m.wallet_id) OR r.line <> 0
       OR r.amount <> CASE w.unit WHEN 'parts' THEN m.parts ELSE m.price_micros END
    """,
    reads_recent=True,
)

I06 = Invariant(
    "I06",
    _("No charge took a wallet below its floor."),
    """
    SELECT r.account_id AS account, r.seq, r.wallet_id AS wallet, r.balance_after, w.floor
    FROM recent r JOIN billing_wallet w ON w.id = r.wallet_id
    WHERE r.kind = 'charge' AND r.balance_after < w.floor
    """,
    reads_recent=True,
)

I17 = Invariant(
    "I17",
    _("An invoice is its range of the ledger exactly; ranges touch, and numbers have no gap."),
    """
    SELECT i.number, 'net is not its range' AS fault FROM billing_invoice i
    WHERE (NOT %(is_partial)s OR i.closed_at >= %(loose)s) AND i.net_micros <> -(
        SELECT coalesce(sum(e.amount), 0) FROM billing_entry e
        JOIN billing_wallet w ON w.id = e.wallet_id AND w.unit = 'micros'
        WHERE e.account_id = i.account_id AND e.seq BETWEEN i.from_seq AND i.to_seq
          AND e.kind IN ('charge', 'refund', 'tier_adjustment'))
    UNION ALL
    SELECT i.number, 'lines do not add up' FROM billing_invoice i
    LEFT JOIN (
        SELECT invoice_id, sum(amount) AS total,
               sum(amount) FILTER (WHERE kind <> 'rounding') AS net,
               max(abs(amount)) FILTER (WHERE kind = 'rounding') AS rounding
        FROM billing_invoiceline WHERE unit = 'micros' GROUP BY invoice_id
    ) l ON l.invoice_id = i.id
    WHERE coalesce(l.net, 0) <> i.net_micros OR coalesce(l.rounding, 5001) > 5000
       OR coalesce(l.total, 0) <> i.payable_cents * 10000
    UNION ALL
    SELECT number, 'range does not touch the one before' FROM (
        SELECT number, from_seq,
               lag(to_seq, 1, 0::bigint) OVER (PARTITION BY account_id ORDER BY from_seq) AS before
        FROM billing_invoice
    ) r WHERE from_seq <> before + 1
    UNION ALL
    SELECT number, 'gap before its number' FROM (
        SELECT number, lag(number, 1, 0::bigint) OVER (ORDER BY number) AS before
        FROM billing_invoice
    ) n WHERE number <> before + 1
    UNION ALL
    SELECT i.number, 'credit notes are more than is payable' FROM billing_invoice i
    JOIN (
        SELECT invoice_id, sum(amount_cents) AS cents FROM billing_creditnote
        WHERE state = 'issued' GROUP BY invoice_id
    ) c ON c.invoice_id = i.id
    WHERE c.cents > i.payable_cents
    UNION ALL
    SELECT i.number, 'a credit note was not booked once, in full' FROM billing_creditnote c
    JOIN billing_invoice i ON i.id = c.invoice_id
    WHERE c.state = 'issued' AND 1 <> (
        SELECT count(*) FROM billing_entry e
        WHERE e.kind = 'adjustment' AND e.reference = 'credit_note:' || c.id::text
          AND e.account_id = i.account_id AND e.amount = c.amount_cents * 10000)
    UNION ALL
    SELECT invoice, 'gap before the number of its credit note' FROM (
        SELECT i.number AS invoice, c.number,
               lag(c.number, 1, 0::bigint) OVER (ORDER BY c.number) AS before
        FROM billing_creditnote c JOIN billing_invoice i ON i.id = c.invoice_id
        WHERE c.state = 'issued'
    ) c WHERE number <> before + 1
    """,
    is_of_a_time=False,
)

ALL = (I01, I02, I03, I04, I05, I06, I17)
