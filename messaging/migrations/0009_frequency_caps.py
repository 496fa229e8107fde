import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from smsplatform.core import partitions


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_lease_of_its_own'),
        ('messaging', '0008_fill_rare_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='NumberDay',
            fields=[
                ('day', models.UUIDField(editable=False, primary_key=True, serialize=False, verbose_name='day')),
                ('number', models.CharField(max_length=16, verbose_name='number')),
                ('message_class', models.CharField(max_length=12, verbose_name='class')),
                ('hits', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name='times')),
            ],
            options={
                'verbose_name': 'day of a number',
                'verbose_name_plural': 'days of numbers',
            },
        ),
        partitions.convert(
            table="messaging_numberday",
            key="day",
            primary_key=["day", "number", "message_class"],
            unit="day",
        ),
        migrations.CreateModel(
            name='CapExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=16, verbose_name='number')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.account', verbose_name='account')),
            ],
            options={
                'verbose_name': 'number without caps',
                'verbose_name_plural': 'numbers without caps',
                'constraints': [models.UniqueConstraint(fields=('account', 'number'), name='exempt_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='FrequencyCap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('message_class', models.CharField(choices=[('verification', 'verification'), ('notice', 'notice'), ('marketing', 'marketing')], max_length=12, verbose_name='class')),
                ('per', models.CharField(choices=[('signature', 'number and signature'), ('template', 'number, signature and template'), ('platform', 'number, whoever sends')], max_length=10, verbose_name='counted per')),
                ('window', models.CharField(choices=[('minute', 'clock minute'), ('hour', 'clock hour'), ('day', '24 hours')], max_length=10, verbose_name='window')),
                ('most', models.PositiveSmallIntegerField(verbose_name='at most')),
                ('zone', models.CharField(default='Asia/Shanghai', max_length=40, verbose_name='zone of the clock')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('account', models.ForeignKey(blank=True, help_text='Empty means every account that has none of its own.', null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.account', verbose_name='account')),
            ],
            options={
                'verbose_name': 'frequency cap',
                'verbose_name_plural': 'frequency caps',
                'constraints': [models.UniqueConstraint(fields=('account', 'country', 'message_class', 'per', 'window'), name='frequency_cap_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('account__isnull', False), ('per', 'platform'), _negated=True), name='platform_cap_is_general')],
            },
        ),
    ]
