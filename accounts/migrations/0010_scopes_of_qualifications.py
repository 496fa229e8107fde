import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_live_after_qualification'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apikey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('messages:send', 'send messages'), ('messages:read', 'read messages'), ('balance:read', 'read the balance'), ('templates:read', 'read signatures and templates'), ('templates:write', 'write and submit signatures and templates'), ('suppressions:read', 'read suppressed numbers'), ('suppressions:write', 'suppress numbers and lift that'), ('consents:read', 'read consents'), ('consents:write', 'record consents'), ('qualifications:read', "read the company's papers"), ('qualifications:write', "write and submit the company's papers")], max_length=20), default=list, size=None, verbose_name='scopes'),
        ),
    ]
