"""What customers were told, whose rows are whose, and what the database itself promises."""

from django.utils.translation import gettext_lazy as _

from reports.services.invariants import Invariant

# Of the last day only: what an endpoint wanted, and whether it was on, is not kept for longer.
I15 = Invariant(
    "I15",
    _("Every final state was planned for each endpoint that wants it, and no delivery is overdue."),
    """
    SELECT m.id AS message, e.id AS endpoint, 'not planned' AS fault
    FROM messaging_message m
    JOIN accounts_webhookendpoint e ON e.account_id = m.account_id
     AND coalesce(e.listens_since, e.created_at) <= m.finished_at - interval '10 seconds'
     AND (e.disabled_at IS NULL OR e.disabled_at > m.finished_at + interval '10 seconds')
     AND (e.kinds = '{}' OR 'message.' || m.state = ANY(e.kinds))
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND m.finished_at > %(now)s - interval '1 day'
      AND (m.state = 'delivered' OR m.state = ANY(%(never_accepted)s)
           OR m.state = ANY(%(not_delivered)s))
      AND NOT EXISTS (
          SELECT FROM accounts_webhookdelivery d
          WHERE d.subject_id >= %(since_id)s AND d.subject_id < %(until_id)s
            AND d.subject_id = m.id AND d.endpoint_id = e.id
            AND d.kind = 'message.' || m.state)
    UNION ALL
    SELECT d.subject_id, d.endpoint_id, 'overdue for 10 minutes'
    FROM accounts_webhookdelivery d
    JOIN accounts_webhookendpoint e ON e.id = d.endpoint_id AND e.disabled_at IS NULL
    WHERE d.state = 'pending' AND d.due_at < %(now)s - interval '10 minutes'
    """,
)

I18 = Invariant(
    "I18",
    _("One customer along every chain of rows."),
    """
    SELECT 'message' AS kind, m.id::text AS id, m.account_id AS account
    FROM messaging_message m
    LEFT JOIN messaging_batch b ON b.id = m.batch_id
     AND b.id >= %(loose_id)s AND b.id < %(until_id)s
    LEFT JOIN accounts_project p ON p.id = m.project_id
    LEFT JOIN billing_wallet w ON w.id = m.wallet_id
    WHERE m.id >= %(since_id)s AND m.id < %(until_id)s
      AND ((b.account_id, p.account_id, w.account_id)
               IS DISTINCT FROM (m.account_id, m.account_id, m.account_id)
           OR b.project_id <> m.project_id)
    UNION ALL
    SELECT 'delivery', d.id::text, d.account_id
    FROM accounts_webhookdelivery d
    LEFT JOIN accounts_webhookendpoint e ON e.id = d.endpoint_id
    LEFT JOIN messaging_message m ON m.id = d.subject_id
     AND m.id >= %(since_id)s AND m.id < %(until_id)s
    WHERE d.subject_id >= %(since_id)s AND d.subject_id < %(until_id)s
      AND (e.account_id IS DISTINCT FROM d.account_id OR m.account_id <> d.account_id)
    UNION ALL
    SELECT 'entry', e.id::text, e.account_id
    FROM recent e
    LEFT JOIN billing_wallet w ON w.id = e.wallet_id
    LEFT JOIN accounts_project p ON p.id = e.project_id
    WHERE w.account_id IS DISTINCT FROM e.account_id
       OR (e.project_id IS NOT NULL AND p.account_id IS DISTINCT FROM e.account_id)
    UNION ALL
    SELECT 'key', k.prefix, k.account_id
    FROM accounts_apikey k JOIN accounts_project p ON p.id = k.project_id
    WHERE p.account_id <> k.account_id
    """,
    reads_recent=True,
)

I20 = Invariant(
    "I20",
    _("Money is stored in integers."),
    """
    SELECT table_name AS table, column_name AS column, data_type AS type
    FROM information_schema.columns
    WHERE table_schema = 'public'
      AND column_name ~ '(amount|price|balance|total|floor|micros|cents)'
      AND data_type NOT IN ('bigint', 'integer', 'smallint') AND udt_name <> '_int8'
    """,
    is_of_a_time=False,
)

I21 = Invariant(
    "I21",
    _("Every constraint is validated."),
    """
    SELECT conrelid::regclass::text AS table, conname AS constraint FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND NOT convalidated
    """,
    is_of_a_time=False,
)

I23 = Invariant(
    "I23",
    _("The guards of the ledgers, of invoices, prices and states are in place and on."),
    """
    SELECT g.guard, coalesce(t.tgenabled::text, 'missing') AS found
    FROM (VALUES
        ('billing_entry', 'billing_entry_append_only'),
        ('billing_rate', 'billing_freeze_rate'),
        ('billing_priceversion', 'billing_freeze_version'),
        ('billing_invoice', 'billing_invoice_append_only'),
        ('billing_invoiceline', 'billing_invoiceline_append_only'),
        ('messaging_consententry', 'messaging_consententry_append_only'),
        ('messaging_message', 'messaging_guard_message'),
        ('messaging_attempt', 'messaging_guard_attempt')
    ) g(of_table, guard)
    LEFT JOIN pg_trigger t ON t.tgname = g.guard AND t.tgrelid = to_regclass(g.of_table)
    WHERE t.tgenabled IS DISTINCT FROM 'O'
    """,
    is_of_a_time=False,
)

# A claim asks the register once the messages are its own. A minute of grace: a word is in force
# when it has been committed, and the server ends a transaction that rests for longer.
I24 = Invariant(
    "I24",
    _("Nothing was handed to a carrier for a number that must not be written to."),
    """
    SELECT m.id AS message, a.no AS attempt, s.id AS suppression, s.created_at, a.claimed_at
    FROM messaging_attempt a
    JOIN messaging_message m ON m.id = a.message_id
     AND m.id >= %(since_id)s AND m.id < %(until_id)s
    JOIN messaging_suppression s ON s.number = m.number
     AND (s.account_id IS NULL OR s.account_id = m.account_id)
     AND (s.signature_id IS NULL OR s.signature_id = m.signature_id)
     AND s.message_class IN ('', m.message_class)
    WHERE a.message_id >= %(since_id)s AND a.message_id < %(until_id)s
      AND a.submitting_at IS NOT NULL
      AND a.claimed_at > s.created_at + interval '1 minute'
      AND (s.expires_at IS NULL OR a.claimed_at < s.expires_at)
      AND (s.lifted_at IS NULL OR a.claimed_at < s.lifted_at - interval '1 minute')
    """,
)

ALL = (I15, I18, I20, I21, I23, I24)
