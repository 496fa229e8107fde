"""What was bought, paid and taken back."""

from django.utils.translation import gettext_lazy as _

from reports.services.invariants import Invariant

I16 = Invariant(
    "I16",
    _("A paid order was credited once and in full; what was taken back is what providers said."),
    """
    WITH credit AS (
        SELECT o.id, count(e.id) AS count, coalesce(sum(e.amount), 0) AS amount
        FROM billing_order o
        LEFT JOIN billing_entry e ON e.reference = 'order:' || o.public_id::text
            AND e.kind IN ('topup', 'package') AND e.account_id = o.account_id
        GROUP BY o.id
    ), booked AS (
        SELECT r.id, r.order_id, r.parts + r.money_micros AS taken,
               CASE WHEN r.returned_at IS NULL THEN 0 ELSE r.parts + r.money_micros END AS returned,
               (SELECT coalesce(-sum(e.amount), 0) FROM billing_entry e
                WHERE e.kind = 'topup_reversal'
                  AND e.reference = 'reversal:' || r.id::text) AS taken_booked,
               (SELECT coalesce(sum(e.amount), 0) FROM billing_entry e
                WHERE e.kind IN ('topup', 'package')
                  AND e.reference = 'returned:' || r.id::text) AS returned_booked
        FROM billing_reversal r
    )
    SELECT o.reference AS "order", 'not credited once, as it was paid' AS fault
    FROM billing_order o
    JOIN credit c ON c.id = o.id
    LEFT JOIN billing_package p ON p.id = o.package_id
    WHERE c.count <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE 1 END
       OR c.amount <> CASE WHEN o.paid_at IS NULL THEN 0
                      ELSE coalesce(p.parts::bigint, o.amount_micros) END
    UNION ALL
    SELECT o.reference, 'taken back otherwise than was said'
    FROM booked b JOIN billing_order o ON o.id = b.order_id
    WHERE (b.taken, b.returned) <> (b.taken_booked, b.returned_booked)
    UNION ALL
    SELECT o.reference, 'does not know what was taken back'
    FROM billing_order o
    WHERE o.reversed_micros <> (
        SELECT coalesce(sum(r.amount_micros), 0) FROM billing_reversal r
        WHERE r.order_id = o.id AND r.returned_at IS NULL)
    """,
    is_of_a_time=False,
)

ALL = (I16,)
