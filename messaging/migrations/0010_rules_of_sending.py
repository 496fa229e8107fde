
import django.contrib.postgres.fields
import django.db.models.deletion
import messaging.models.compliance
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_lease_of_its_own'),
        ('messaging', '0009_frequency_caps'),
    ]

    operations = [
        migrations.CreateModel(
            name='SendingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('message_class', models.CharField(choices=[('verification', 'verification'), ('notice', 'notice'), ('marketing', 'marketing')], default='marketing', max_length=12, verbose_name='class')),
                ('opens_at', models.TimeField(verbose_name='opens')),
                ('closes_at', models.TimeField(verbose_name='closes')),
                ('zones', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40, validators=[messaging.models.compliance.check_zone]), size=None, verbose_name='time zones')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'sending hours',
                'verbose_name_plural': 'sending hours',
                'constraints': [models.UniqueConstraint(fields=('country', 'message_class'), name='hours_once'), models.CheckConstraint(condition=models.Q(('opens_at__lt', models.F('closes_at'))), name='hours_in_order'), models.CheckConstraint(condition=models.Q(('zones__len__gt', 0)), name='hours_have_zones')],
            },
        ),
        migrations.CreateModel(
            name='RuleSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40, verbose_name='rule')),
                ('country', models.CharField(blank=True, help_text='Empty means every country.', max_length=2, verbose_name='country')),
                ('is_on', models.BooleanField(default=False, verbose_name='on')),
                ('reason', models.CharField(max_length=200, verbose_name='why')),
                ('account', models.ForeignKey(blank=True, help_text='Empty means every account.', null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.account', verbose_name='account')),
            ],
            options={
                'verbose_name': 'rule switch',
                'verbose_name_plural': 'rule switches',
                'constraints': [models.UniqueConstraint(fields=('rule', 'account', 'country'), name='rule_switch_once', nulls_distinct=False)],
            },
        ),
    ]
