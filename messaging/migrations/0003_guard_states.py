"""The database refuses an illegal move of a state and a change of what was promised.

Statement-level, with transition tables: one check for an UPDATE of hundreds of rows. Nested loops
are off because the planner has no idea how many rows a transition table holds.
"""

from django.db import migrations

MESSAGE_MOVES = """
    ('scheduled','queued'), ('scheduled','review'), ('scheduled','cancelled'),
    ('scheduled','expired'),
    ('review','queued'), ('review','scheduled'), ('review','rejected'), ('review','cancelled'),
    ('review','expired'),
    ('queued','sending'), ('queued','review'), ('queued','cancelled'), ('queued','expired'),
    ('queued','failed'),
    ('sending','sent'), ('sending','queued'), ('sending','failed'), ('sending','uncertain'),
    ('sending','expired'),
    ('uncertain','sent'), ('uncertain','delivered'), ('uncertain','undelivered'),
    ('uncertain','queued'), ('uncertain','failed'),
    ('sent','delivered'), ('sent','undelivered'), ('sent','no_receipt'),
    ('no_receipt','delivered'), ('no_receipt','undelivered')
"""

ATTEMPT_MOVES = """
    ('claimed','submitting'), ('claimed','released'),
    ('submitting','accepted'), ('submitting','refused'), ('submitting','released'),
    ('submitting','uncertain'),
    ('uncertain','accepted'), ('uncertain','refused'), ('uncertain','superseded'),
    ('uncertain','written_off')
"""

GUARD = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE bad record;
BEGIN
    SELECT o.state AS old, n.state AS new INTO bad
    FROM old_rows o JOIN new_rows n ON {same_row}
    WHERE o.state <> n.state AND (o.state, n.state) NOT IN (VALUES {moves})
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '{table}: illegal move % -> %', bad.old, bad.new USING ERRCODE = '23514';
    END IF;
    IF (SELECT count(*) FROM old_rows o JOIN new_rows n ON {same_row} AND {promised})
        <> (SELECT count(*) FROM old_rows) THEN
        RAISE EXCEPTION '{table}: what was promised never changes' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER {name} AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();

ALTER TABLE {table} ADD CONSTRAINT {name}_known CHECK (state IN ({states}));
"""

MESSAGE_STATES = (
    "'scheduled','review','queued','sending','uncertain','sent','delivered','undelivered',"
    "'no_receipt','failed','expired','rejected','cancelled'"
)
ATTEMPT_STATES = (
    "'claimed','submitting','accepted','refused','released','uncertain','superseded','written_off'"
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_partition_by_time")]

    operations = [
        migrations.RunSQL(
            GUARD.format(
                name="messaging_guard_message",
                table="messaging_message",
                same_row="o.id = n.id",
                promised="(o.account_id, o.project_id, o.batch_id, o.number, o.parts,"
                " o.price_micros, o.currency, o.basis, o.wallet_id)"
                " = (n.account_id, n.project_id, n.batch_id, n.number, n.parts,"
                " n.price_micros, n.currency, n.basis, n.wallet_id)",
                moves=MESSAGE_MOVES,
                states=MESSAGE_STATES,
            ),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            GUARD.format(
                name="messaging_guard_attempt",
                table="messaging_attempt",
                same_row="(o.message_id, o.no) = (n.message_id, n.no)",
                promised="(o.carrier_id, o.epoch) = (n.carrier_id, n.epoch)",
                moves=ATTEMPT_MOVES,
                states=ATTEMPT_STATES,
            ),
            migrations.RunSQL.noop,
        ),
    ]
