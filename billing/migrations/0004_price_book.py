import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_terms_and_registration'),
        ('billing', '0003_trial_packages'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
            ],
            options={
                'verbose_name': 'customer group',
                'verbose_name_plural': 'customer groups',
            },
        ),
        migrations.AddField(
            model_name='entry',
            name='rate_id',
            field=models.BigIntegerField(null=True, verbose_name='price'),
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='price_group', to='accounts.account', verbose_name='account')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='billing.customergroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'member of a group',
                'verbose_name_plural': 'members of a group',
            },
        ),
        migrations.CreateModel(
            name='PriceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('currency', models.CharField(default='CNY', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Write three letters, such as CNY.')], verbose_name='currency')),
                ('is_sample', models.BooleanField(default=False, help_text='No live account is charged by it.', verbose_name='sample')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('account', models.ForeignKey(blank=True, help_text='Whose contract it is.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='accounts.account', verbose_name='account')),
                ('group', models.ForeignKey(blank=True, help_text="Whose list it is; neither account nor group: everybody's.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lists', to='billing.customergroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'price list',
                'verbose_name_plural': 'price lists',
            },
        ),
        migrations.CreateModel(
            name='PriceVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('withdrawn', 'withdrawn')], default='draft', max_length=10, verbose_name='state')),
                ('valid_from', models.DateTimeField(verbose_name='from')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('edited_by', models.BigIntegerField(editable=False, null=True, verbose_name='last edited by')),
                ('published_by', models.BigIntegerField(editable=False, null=True, verbose_name='published by')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='published')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='billing.pricelist', verbose_name='price list')),
            ],
            options={
                'verbose_name': 'version of a price list',
                'verbose_name_plural': 'versions of price lists',
            },
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Write two letters, such as CN.')], verbose_name='country')),
                ('prefix', models.CharField(blank=True, max_length=15, validators=[django.core.validators.RegexValidator('^[1-9][0-9]{0,14}$', "Write digits only, with the country's first.")], verbose_name='prefix')),
                ('message_class', models.CharField(blank=True, max_length=12, verbose_name='class')),
                ('route', models.CharField(blank=True, choices=[('shared', 'shared'), ('dedicated', 'dedicated'), ('sandbox', 'sandbox')], max_length=10, verbose_name='route')),
                ('price_micros', models.BigIntegerField(verbose_name='price a part, micros')),
                ('floor_micros', models.BigIntegerField(default=0, verbose_name='floor, micros')),
                ('basis', models.CharField(choices=[('accepted', 'accepted by the carrier'), ('delivered', 'delivered')], default='delivered', max_length=10, verbose_name='charged when')),
                ('tier_mode', models.CharField(blank=True, choices=[('', 'none'), ('marginal', 'each part at the price of its tier'), ('all_units', 'all parts at the price of the tier reached')], default='', max_length=10, verbose_name='tiers')),
                ('tier_scope', models.CharField(blank=True, max_length=20, verbose_name='counted as')),
                ('tier_parts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='tiers, parts')),
                ('tier_micros', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='tiers, micros')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='billing.priceversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'price',
                'verbose_name_plural': 'prices',
            },
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.CheckConstraint(condition=models.Q(('account__isnull', True), ('group__isnull', True), _connector='OR'), name='list_one_owner'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.CheckConstraint(condition=models.Q(('is_sample', False), models.Q(('account__isnull', True), ('group__isnull', True)), _connector='OR'), name='sample_is_nobodys'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(condition=models.Q(('account__isnull', False)), fields=('account', 'currency'), name='one_contract_a_currency'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(condition=models.Q(('group__isnull', False)), fields=('group', 'currency'), name='one_group_list_a_currency'),
        ),
        migrations.AddConstraint(
            model_name='pricelist',
            constraint=models.UniqueConstraint(condition=models.Q(('account__isnull', True), ('group__isnull', True)), fields=('currency', 'is_sample'), name='one_list_a_currency'),
        ),
        migrations.AddConstraint(
            model_name='priceversion',
            constraint=models.UniqueConstraint(fields=('list', 'number'), name='list_version_once'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.UniqueConstraint(fields=('version', 'country', 'prefix', 'message_class', 'route'), name='one_rate_a_destination'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('floor_micros__gte', 0), ('price_micros__gte', models.F('floor_micros'))), name='rate_floor'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('tier_micros', []), ('tier_mode', ''), ('tier_parts', []), ('tier_scope', '')), models.Q(models.Q(('tier_mode', ''), _negated=True), models.Q(('tier_scope', ''), _negated=True), ('tier_parts__len', models.F('tier_micros__len'))), _connector='OR'), name='rate_tiers'),
        ),
    ]
