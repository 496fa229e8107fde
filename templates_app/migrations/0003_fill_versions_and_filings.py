"""Gives the rows of before what they would have, had versions and filings been recorded."""

from django.db import migrations

# Customers outside mainland China write abroad.
_MARKETS = """
    UPDATE {table} t SET market = 'international'
    FROM accounts_account a WHERE a.id = t.account_id AND a.country <> 'CN'
"""
_VERSIONS = """
    INSERT INTO templates_app_templateversion
        (template_id, number, body, variables, remark, state, reasons, decided_at, created_by,
         created_at)
    SELECT id, version, body, variables, '',
           CASE WHEN state = 'withdrawn' THEN 'superseded' ELSE state END,
           '[]', decided_at, '', created_at
    FROM templates_app_template t
    WHERE NOT EXISTS (SELECT FROM templates_app_templateversion v WHERE v.template_id = t.id)
"""
# What is approved has been sent and delivered: filed, though nobody told us so.
_FILINGS = """
    INSERT INTO templates_app_signaturefiling (signature_id, operator, state, reason, note, filed_at)
    SELECT s.id, operator, 'filed_unverified', 'DETECTING', '', s.decided_at
    FROM templates_app_signature s
    CROSS JOIN unnest(ARRAY['mobile', 'unicom', 'telecom', 'broadnet']) operator
    WHERE s.state = 'approved' AND s.market = 'china'
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('templates_app', '0002_versions_filings_words'),
    ]

    operations = [
        migrations.RunSQL(
            [
                _MARKETS.format(table='templates_app_signature'),
                _MARKETS.format(table='templates_app_template'),
                _VERSIONS,
                _FILINGS,
            ],
            migrations.RunSQL.noop,
        ),
    ]
