"""Ledger entries and invoices are written once: the database refuses to change them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION billing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = '23514';
END $$;
"""

TRIGGERS = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION billing_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION billing_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(TRIGGERS.format(table=table), migrations.RunSQL.noop)
            for table in ("billing_entry", "billing_invoice", "billing_invoiceline")
        ),
    ]
