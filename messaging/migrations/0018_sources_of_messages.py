from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0017_samples'),
    ]

    operations = [
        migrations.AddField(
            model_name='carrier',
            name='takes_extensions',
            field=models.BooleanField(db_default=False, default=False, help_text='In mainland China messages come from the access code and the extension.', verbose_name='takes extension codes'),
        ),
        migrations.AddField(
            model_name='carrier',
            name='takes_sender_ids',
            field=models.BooleanField(db_default=False, default=False, help_text='Abroad messages come from the sender ID of their signature.', verbose_name='takes sender IDs'),
        ),
    ]
