import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0013_automatic_topups'),
    ]

    operations = [
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='In capitals and digits.', max_length=30, unique=True, verbose_name='code')),
                ('percent', models.PositiveSmallIntegerField(default=0, verbose_name='percent')),
                ('off_micros', models.BigIntegerField(default=0, verbose_name='off, micros')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('most_uses', models.PositiveIntegerField(default=100, verbose_name='at most, times')),
                ('offer', models.ForeignKey(blank=True, help_text='Empty: any package.', null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.offer', verbose_name='offer')),
            ],
            options={
                'verbose_name': 'coupon',
                'verbose_name_plural': 'coupons',
                'constraints': [
                    models.CheckConstraint(
                        condition=Q(percent__gt=0, percent__lt=100, off_micros=0, currency='') | (Q(percent=0, off_micros__gt=0) & ~Q(currency='')),
                        name='coupon_is_one_of_two',
                    ),
                    models.CheckConstraint(condition=Q(ends_at__gt=F('starts_at')), name='coupon_ends'),
                    models.CheckConstraint(condition=Q(code__regex='^[A-Z0-9]{4,30}$'), name='coupon_code'),
                ],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='coupon',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.coupon', verbose_name='coupon'),
        ),
        migrations.AddField(
            model_name='order',
            name='discount_micros',
            field=models.BigIntegerField(db_default=0, default=0, verbose_name='discount, micros'),
        ),
    ]
