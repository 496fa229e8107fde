import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_phones_that_are_proved'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='most_trial_messages',
            field=models.PositiveSmallIntegerField(db_default=10, default=10, verbose_name='most messages a day to a trial number'),
        ),
        migrations.AddField(
            model_name='account',
            name='most_trial_numbers',
            field=models.PositiveSmallIntegerField(db_default=5, default=5, verbose_name='most trial numbers'),
        ),
        migrations.AlterField(
            model_name='apikey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('messages:send', 'send messages'), ('messages:read', 'read messages'), ('balance:read', 'read the balance'), ('templates:read', 'read signatures and templates'), ('templates:write', 'write and submit signatures and templates'), ('suppressions:read', 'read suppressed numbers'), ('suppressions:write', 'suppress numbers and lift that'), ('consents:read', 'read consents'), ('consents:write', 'record consents'), ('qualifications:read', "read the company's papers"), ('qualifications:write', "write and submit the company's papers"), ('trial_numbers:write', 'keep the numbers to try with')], max_length=20), default=list, size=None, verbose_name='scopes'),
        ),
        migrations.CreateModel(
            name='TrialNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('proved_at', models.DateTimeField(verbose_name='proved')),
                ('proved_by', models.CharField(max_length=40, verbose_name='proved by')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account', verbose_name='account')),
            ],
            options={
                'verbose_name': 'trial number',
                'verbose_name_plural': 'trial numbers',
                'constraints': [models.UniqueConstraint(fields=('number',), name='trial_number_once')],
            },
        ),
    ]
