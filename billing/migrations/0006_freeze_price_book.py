"""What was published stays as it is; the table of single prices has had its day.

Processes of the version before go on reading that table until they stop: it stays, out of sight and
tied to nothing, and a later version drops it.
"""

import django.db.models.deletion
from django.db import migrations, models

FREEZE = """
CREATE FUNCTION billing_freeze_rate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM billing_priceversion v
        WHERE v.state <> 'draft' AND (
            (TG_OP <> 'INSERT' AND v.id = OLD.version_id)
            OR (TG_OP <> 'DELETE' AND v.id = NEW.version_id))
    ) THEN
        RAISE EXCEPTION 'a version that was published is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE FUNCTION billing_freeze_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'published' OR OLD.valid_from <= now()
       OR NEW.state <> 'withdrawn'
       OR (NEW.list_id, NEW.number, NEW.valid_from) <> (OLD.list_id, OLD.number, OLD.valid_from)
    THEN
        RAISE EXCEPTION 'a version that was published is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_freeze_rate BEFORE INSERT OR UPDATE OR DELETE ON billing_rate
    FOR EACH ROW EXECUTE FUNCTION billing_freeze_rate();
CREATE TRIGGER billing_freeze_version BEFORE UPDATE OR DELETE ON billing_priceversion
    FOR EACH ROW EXECUTE FUNCTION billing_freeze_version();
"""

THAW = """
DROP TRIGGER billing_freeze_rate ON billing_rate;
DROP TRIGGER billing_freeze_version ON billing_priceversion;
DROP FUNCTION billing_freeze_rate();
DROP FUNCTION billing_freeze_version();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_fill_price_book")]

    operations = [
        migrations.RunSQL(FREEZE, THAW),
        migrations.AlterField(
            "price",
            "account",
            models.ForeignKey(
                blank=True,
                null=True,
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Price")]),
    ]
