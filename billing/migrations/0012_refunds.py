import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

_RULES = [('full', 'the whole price, while nothing was used'), ('pro_rata', 'the price of what was not used'), ('none', 'nothing')]


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0011_orders_and_payments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='offer',
            name='refund_rule',
            field=models.CharField(choices=_RULES, db_default='pro_rata', default='pro_rata', max_length=8, verbose_name='refunds'),
        ),
        migrations.AddField(
            model_name='order',
            name='refund_rule',
            field=models.CharField(choices=_RULES, db_default='pro_rata', default='pro_rata', max_length=8, verbose_name='refunds'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='key')),
                ('amount_micros', models.BigIntegerField(verbose_name='amount, micros')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('state', models.CharField(choices=[('asked', 'on its way'), ('done', 'done'), ('failed', 'failed')], default='asked', max_length=6, verbose_name='state')),
                ('created_at', models.DateTimeField(verbose_name='asked at')),
                ('done_at', models.DateTimeField(null=True, verbose_name='done at')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'indexes': [models.Index(condition=Q(state='asked'), fields=['created_at'], name='refunds_asked')],
                'constraints': [models.CheckConstraint(condition=Q(amount_micros__gt=0), name='refund_amount')],
            },
        ),
    ]
