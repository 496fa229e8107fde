"""What was charged by the price book, and the tiers of months."""

from django.utils.translation import gettext_lazy as _

from reports.services.invariants import Invariant

# Charged less given back, by price row and month of the billing zone.
_TIERED = """
    SELECT e.account_id, v.list_id, r.tier_scope AS scope, r.id AS rate_id,
           date_trunc('month', e.booked_at AT TIME ZONE h.timezone)::date AS month,
           sum(CASE e.kind WHEN 'charge' THEN e.parts ELSE -e.parts END) AS parts
    FROM billing_rate r
    JOIN billing_priceversion v ON v.id = r.version_id
    JOIN billing_entry e ON e.rate_id = r.id AND e.kind IN ('charge', 'refund')
    JOIN billing_ledgerhead h ON h.account_id = e.account_id
    WHERE r.tier_mode <> ''
    GROUP BY 1, 2, 3, 4, 5
"""

I25 = Invariant(
    "I25",
    _("What is counted for a tier is what was charged in its month less what was given back."),
    f"""
    SELECT account_id AS account, list_id AS list, scope, month, c.parts AS counted,
           coalesce(l.parts, 0) AS charged
    FROM billing_tiercount c
    FULL JOIN (
        SELECT account_id, list_id, scope, month, sum(parts) AS parts FROM ({_TIERED}) t
        GROUP BY 1, 2, 3, 4
    ) l USING (account_id, list_id, scope, month)
    WHERE NOT %(is_partial)s AND c.parts IS DISTINCT FROM coalesce(l.parts, 0)
    """,  # noqa: S608 - all ours
    is_of_a_time=False,
)

# A refund may be of a message that lay in two tiers: its unit price is no row's.
I26 = Invariant(
    "I26",
    _("Whatever was charged was charged at a price that the row it names says, in force then."),
    """
    SELECT e.account_id AS account, e.seq, e.rate_id AS rate, e.unit_price_micros,
           r.price_micros, v.state
    FROM recent e
    LEFT JOIN billing_rate r ON r.id = e.rate_id
    LEFT JOIN billing_priceversion v ON v.id = r.version_id
    LEFT JOIN billing_pricelist l ON l.id = v.list_id
    WHERE e.kind = 'charge' AND e.rate_id IS NOT NULL
      AND (r.id IS NULL OR v.state <> 'published' OR v.valid_from > e.booked_at
           OR e.unit_price_micros <> ALL(r.price_micros || r.tier_micros)
           OR r.country NOT IN ('', e.country)
           OR r.message_class NOT IN ('', e.message_class)
           OR l.account_id <> e.account_id)
    """,
    reads_recent=True,
)

I27 = Invariant(
    "I27",
    _("A month that was closed was settled once, at the price of the tier that it reached."),
    f"""
    SELECT c.id AS count, c.month, coalesce(sum(d.owed), 0) AS owed, coalesce(a.booked, 0) AS booked
    FROM billing_tiercount c
    LEFT JOIN LATERAL (
        SELECT t.parts * (r.price_micros - coalesce((
            SELECT s.price FROM unnest(r.tier_parts, r.tier_micros) AS s(above, price)
            WHERE c.parts > s.above ORDER BY s.above DESC LIMIT 1), r.price_micros)) AS owed
        FROM ({_TIERED}) t JOIN billing_rate r ON r.id = t.rate_id AND r.tier_mode = 'all_units'
        WHERE (t.account_id, t.list_id, t.scope, t.month)
            = (c.account_id, c.list_id, c.scope, c.month)
    ) d ON c.closed_at IS NOT NULL
    LEFT JOIN (
        SELECT reference, sum(amount) AS booked FROM billing_entry
        WHERE kind = 'tier_adjustment' GROUP BY reference
    ) a ON a.reference = 'tiers:' || c.id
    WHERE NOT %(is_partial)s
    GROUP BY c.id, a.booked
    HAVING coalesce(sum(d.owed), 0) <> coalesce(a.booked, 0)
    """,  # noqa: S608 - all ours
    is_of_a_time=False,
)

ALL = (I25, I26, I27)
