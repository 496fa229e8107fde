from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0007_rare_states")]

    operations = [
        migrations.RunSQL(
            "UPDATE messaging_message SET rare_state = state WHERE state NOT IN"
            " ('queued', 'sending', 'uncertain', 'sent', 'delivered')",
            migrations.RunSQL.noop,
        ),
    ]
