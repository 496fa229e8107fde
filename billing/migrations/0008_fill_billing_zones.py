from django.db import migrations

FILL = """
UPDATE billing_ledgerhead h SET timezone = a.timezone
FROM accounts_account a WHERE a.id = h.account_id AND a.timezone <> h.timezone
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_monthly_tiers")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
