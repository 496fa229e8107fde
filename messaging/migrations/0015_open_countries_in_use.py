from django.db import migrations

# Whoever has written to a country before goes on: the fence is for what is new.
OPEN = """
    INSERT INTO messaging_openedcountry (account_id, country, opened_at, opened_by)
    SELECT used.account_id, used.country, now(), 'in use before'
    FROM (SELECT DISTINCT account_id, country FROM messaging_message) used
    JOIN accounts_account a ON a.id = used.account_id
    WHERE used.country <> a.country AND used.country ~ '^[A-Z]{2}$'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0014_opened_countries")]

    operations = [migrations.RunSQL(OPEN, migrations.RunSQL.noop)]
