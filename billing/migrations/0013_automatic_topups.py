import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_phones_that_are_proved'),
        ('billing', '0012_refunds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='is_automatic',
            field=models.BooleanField(db_default=False, default=False, verbose_name='automatic'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=Q(is_automatic=True, state='open'), fields=['account'], name='one_automatic_open'),
        ),
        migrations.CreateModel(
            name='AutoTopup',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='auto_topup', serialize=False, to='accounts.account', verbose_name='account')),
                ('is_on', models.BooleanField(default=False, verbose_name='on')),
                ('below_micros', models.BigIntegerField(default=0, verbose_name='below, micros')),
                ('amount_micros', models.BigIntegerField(default=0, verbose_name='amount, micros')),
                ('month_most_micros', models.BigIntegerField(default=0, verbose_name='at most in 30 days, micros')),
                ('customer_key', models.CharField(blank=True, max_length=255, verbose_name='customer')),
                ('method_key', models.CharField(blank=True, max_length=255, verbose_name="card's key")),
                ('method_label', models.CharField(blank=True, max_length=80, verbose_name='card')),
                ('checkout_key', models.CharField(blank=True, max_length=255, verbose_name='checkout')),
                ('stopped_by', models.CharField(blank=True, max_length=80, verbose_name='stopped by')),
                ('agreed_at', models.DateTimeField(null=True, verbose_name='agreed at')),
                ('agreed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='agreed by')),
            ],
            options={
                'verbose_name': 'automatic top-up',
                'verbose_name_plural': 'automatic top-ups',
                'indexes': [models.Index(condition=~Q(checkout_key=''), fields=['checkout_key'], name='cards_being_saved')],
                'constraints': [
                    models.CheckConstraint(
                        condition=Q(is_on=False) | (Q(below_micros__gt=0, amount_micros__gt=0) & Q(month_most_micros__gte=F('amount_micros')) & ~Q(method_key='')),
                        name='auto_topup_is_whole',
                    ),
                ],
            },
        ),
    ]
