import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

_ID = ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))
_METHODS = [('stripe', 'card, Alipay or WeChat Pay'), ('transfer', 'bank transfer')]


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_phones_that_are_proved'),
        ('billing', '0010_entries_unchecked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.CharField(choices=[('charge', 'charge'), ('refund', 'refund'), ('topup', 'top-up'), ('package', 'package'), ('adjustment', 'adjustment'), ('topup_reversal', 'top-up taken back'), ('tier_adjustment', 'tier adjustment')], max_length=16, verbose_name='kind'),
        ),
        migrations.RemoveConstraint(model_name='entry', name='entry_sign'),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(
                condition=(Q(kind__in=["charge", "topup_reversal"]) & Q(amount__lte=0))
                | (Q(kind__in=["refund", "topup", "package"]) & Q(amount__gte=0))
                | Q(kind__in=["adjustment", "tier_adjustment"]),
                name='entry_sign',
            ),
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                _ID,
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('currency', models.CharField(default='CNY', max_length=3, verbose_name='currency')),
                ('least_micros', models.BigIntegerField(verbose_name='least, micros')),
                ('most_micros', models.BigIntegerField(verbose_name='most, micros')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_on_sale', models.BooleanField(default=True, verbose_name='on sale')),
                ('is_sample', models.BooleanField(default=False, help_text='Can be bought in a demonstration only.', verbose_name='sample')),
                ('package', models.ForeignKey(blank=True, help_text='Empty: what is paid goes to the balance.', null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.package', verbose_name='package')),
            ],
            options={
                'verbose_name': 'offer',
                'verbose_name_plural': 'offers',
                'constraints': [
                    models.CheckConstraint(condition=Q(least_micros__gt=0, most_micros__gte=F('least_micros')), name='offer_amounts'),
                    models.CheckConstraint(condition=Q(package__isnull=True) | Q(most_micros=F('least_micros')), name='package_has_one_price'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                _ID,
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('amount_micros', models.BigIntegerField(verbose_name='amount, micros')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('reversed_micros', models.BigIntegerField(default=0, verbose_name='taken back, micros')),
                ('state', models.CharField(choices=[('open', 'open'), ('paid', 'paid'), ('cancelled', 'cancelled'), ('expired', 'expired'), ('partly_reversed', 'partly reversed'), ('reversed', 'reversed')], default='open', max_length=16, verbose_name='state')),
                ('method', models.CharField(choices=_METHODS, max_length=10, verbose_name='method')),
                ('reference', models.CharField(max_length=20, unique=True, verbose_name='reference')),
                ('form_key', models.UUIDField(verbose_name='form')),
                ('checkout_key', models.CharField(blank=True, max_length=255, verbose_name='checkout')),
                ('payment_key', models.CharField(blank=True, max_length=255, verbose_name='payment')),
                ('paid_with', models.CharField(blank=True, max_length=40, verbose_name='paid with')),
                ('created_at', models.DateTimeField(verbose_name='placed')),
                ('expires_at', models.DateTimeField(verbose_name='open until')),
                ('paid_at', models.DateTimeField(null=True, verbose_name='paid at')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='accounts.account', verbose_name='account')),
                ('package', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.package', verbose_name='package')),
                ('placed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='placed by')),
                ('wallet', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.wallet', verbose_name='wallet')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
                'indexes': [
                    models.Index(fields=['account', '-id'], name='orders_of_account'),
                    models.Index(condition=Q(state='open'), fields=['expires_at'], name='orders_to_expire'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=['account', 'form_key'], name='one_order_a_form'),
                    models.UniqueConstraint(condition=~Q(checkout_key=''), fields=['method', 'checkout_key'], name='one_order_a_checkout'),
                    models.UniqueConstraint(condition=~Q(payment_key=''), fields=['method', 'payment_key'], name='one_order_a_payment'),
                    models.CheckConstraint(condition=Q(amount_micros__gt=0), name='order_amount'),
                    models.CheckConstraint(condition=Q(reversed_micros__gte=0, reversed_micros__lte=F('amount_micros')), name='order_reversed'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reversal',
            fields=[
                _ID,
                ('kind', models.CharField(choices=[('refund', 'refund'), ('dispute', 'dispute')], max_length=8, verbose_name='kind')),
                ('key', models.CharField(max_length=255, verbose_name="provider's key")),
                ('amount_micros', models.BigIntegerField(verbose_name='amount, micros')),
                ('parts', models.BigIntegerField(default=0, verbose_name='parts')),
                ('money_micros', models.BigIntegerField(default=0, verbose_name='from the balance, micros')),
                ('booked_at', models.DateTimeField(verbose_name='booked')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='returned')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='billing.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'reversal',
                'verbose_name_plural': 'reversals',
                'constraints': [
                    models.UniqueConstraint(fields=['order', 'key'], name='one_reversal'),
                    models.CheckConstraint(condition=Q(amount_micros__gt=0), name='reversal_amount'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProviderNotice',
            fields=[
                _ID,
                ('provider', models.CharField(max_length=10, verbose_name='provider')),
                ('key', models.CharField(max_length=255, verbose_name='event')),
                ('kind', models.CharField(max_length=80, verbose_name='kind')),
                ('checkout_key', models.CharField(blank=True, max_length=255, verbose_name='checkout')),
                ('payment_key', models.CharField(blank=True, max_length=255, verbose_name='payment')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('done', 'done'), ('parked', 'parked')], default='waiting', max_length=8, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('received_at', models.DateTimeField(verbose_name='received')),
            ],
            options={
                'verbose_name': 'notice of a provider',
                'verbose_name_plural': 'notices of providers',
                'indexes': [models.Index(condition=Q(state='waiting'), fields=['due_at'], name='notices_due')],
                'constraints': [models.UniqueConstraint(fields=['provider', 'key'], name='notice_once')],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                _ID,
                ('provider', models.CharField(max_length=10, verbose_name='provider')),
                ('kind', models.CharField(choices=[('unknown', 'paid, and no order of ours'), ('amount', 'another amount or currency than ordered'), ('late', 'credited only now: its notice had not come'), ('missing', 'credited here, and not paid at the provider'), ('reversed', 'more taken back than was paid')], max_length=10, verbose_name='kind')),
                ('key', models.CharField(max_length=255, verbose_name="provider's key")),
                ('theirs_micros', models.BigIntegerField(default=0, verbose_name='theirs, micros')),
                ('ours_micros', models.BigIntegerField(default=0, verbose_name='ours, micros')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('found_at', models.DateTimeField(verbose_name='found')),
                ('settled_at', models.DateTimeField(editable=False, null=True, verbose_name='settled')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'difference',
                'verbose_name_plural': 'differences',
                'constraints': [models.UniqueConstraint(fields=['provider', 'kind', 'key'], name='difference_once')],
            },
        ),
        migrations.CreateModel(
            name='BankLine',
            fields=[
                _ID,
                ('key', models.CharField(max_length=80, unique=True, verbose_name="bank's key")),
                ('booked_date', models.DateField(verbose_name='booked on')),
                ('amount_micros', models.BigIntegerField(verbose_name='amount, micros')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('payer', models.CharField(blank=True, max_length=200, verbose_name='payer')),
                ('text', models.CharField(blank=True, max_length=400, verbose_name='text')),
                ('state', models.CharField(choices=[('unmatched', 'unmatched'), ('matched', 'matched'), ('dismissed', 'dismissed')], default='unmatched', max_length=10, verbose_name='state')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('imported_at', models.DateTimeField(verbose_name='imported')),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'line of a bank statement',
                'verbose_name_plural': 'lines of bank statements',
                'constraints': [models.CheckConstraint(condition=Q(amount_micros__gt=0), name='bank_line_amount')],
            },
        ),
    ]
