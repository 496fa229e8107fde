"""Adds what reviews need: versions of templates, filings of signatures, links, lists of words.

Every new column of an old table has a default in the database: what runs already goes on.
"""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import templates_app.models.signature

STATES = [
    ('draft', 'draft'), ('in_review', 'in review'), ('approved', 'approved'),
    ('rejected', 'rejected'), ('suspended', 'suspended'), ('withdrawn', 'withdrawn'),
]
MARKETS = [('china', 'mainland China'), ('international', 'international')]
SEQUENCE = migrations.RunSQL(
    "CREATE SEQUENCE templates_app_extension START 100000 MINVALUE 100000 MAXVALUE 999999",
    "DROP SEQUENCE templates_app_extension",
)


def state():
    return models.CharField(choices=STATES, default='draft', max_length=10, verbose_name='state')


def public_id():
    return models.UUIDField(
        db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4,
        editable=False, unique=True, verbose_name='public ID',
    )


def market():
    return models.CharField(
        choices=MARKETS, db_default='china', default='china', max_length=13, verbose_name='market'
    )


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('templates_app', '0001_initial'),
    ]

    operations = [
        SEQUENCE,
        migrations.AlterField('signature', 'state', state()),
        migrations.AlterField('template', 'state', state()),
        migrations.AddField('signature', 'public_id', public_id()),
        migrations.AddField('template', 'public_id', public_id()),
        migrations.AddField('signature', 'market', market()),
        migrations.AddField('template', 'market', market()),
        migrations.AddField(
            'signature', 'kind',
            models.CharField(choices=[('general', 'every class'), ('verification', 'verification only')], db_default='general', default='general', max_length=12, verbose_name='used for'),
        ),
        migrations.AddField(
            'signature', 'source',
            models.CharField(choices=[('company', 'name of the company'), ('trademark', 'trademark'), ('government', 'public body'), ('website', 'website'), ('app', 'app'), ('shop', 'online shop'), ('official_account', 'official account or mini programme')], db_default='company', default='company', max_length=16, verbose_name='source'),
        ),
        migrations.AddField(
            'signature', 'evidence',
            models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='evidence'),
        ),
        migrations.AddField(
            'signature', 'is_for_self',
            models.BooleanField(db_default=True, default=True, verbose_name="for the account's own business"),
        ),
        migrations.AddField(
            'signature', 'extension',
            models.PositiveIntegerField(db_default=templates_app.models.signature.NextExtension(), editable=False, unique=True, verbose_name='extension code'),
        ),
        migrations.AddField(
            'signature', 'reasons',
            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, verbose_name='reasons'),
        ),
        migrations.AddField(
            'signature', 'submitted_at',
            models.DateTimeField(blank=True, null=True, verbose_name='submitted'),
        ),
        migrations.CreateModel(
            name='SignatureFiling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operator', models.CharField(choices=[('mobile', 'China Mobile'), ('unicom', 'China Unicom'), ('telecom', 'China Telecom'), ('broadnet', 'China Broadnet')], max_length=10, verbose_name='operator')),
                ('state', models.CharField(choices=[('not_filed', 'not filed'), ('filing', 'being filed'), ('filed_unverified', 'filed, not yet verified'), ('filed', 'filed'), ('failed', 'refused'), ('lapsed', 'lapsed')], default='not_filed', max_length=16, verbose_name='state')),
                ('reason', models.CharField(choices=[('NON_REGISTER', 'not filed yet'), ('REGISTERING', 'being filed'), ('DETECTING', 'being tried by messages'), ('DETECT_SUCCESS', 'tried with success'), ('UNBINDING_QUA', 'no qualification is bound'), ('BINDING_INCOMPLETE_QUA', 'the bound qualification is incomplete'), ('QUALIFICATION_ERROR', 'the qualification was refused'), ('SIGNATURE_ERROR', 'the signature was refused'), ('SIGNATURE_QUALIFICATION_ERROR', 'the signature does not match the qualification'), ('ONE_CODE_MULTIPLE_SIGN', 'several signatures share one extension code'), ('REGISTER_TIMEOUT', 'the operator did not answer in time'), ('NO_SEND_RECORD', 'nothing was sent for too long'), ('EXT_CODE_RECYCLE', 'the operator took back the extension code'), ('SUBPORT_RECYCLE', 'the operator took back the number'), ('OTHERS_ERROR', 'another reason')], default='NON_REGISTER', max_length=30, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='submitted')),
                ('filed_at', models.DateTimeField(blank=True, null=True, verbose_name='filed')),
                ('last_sent_at', models.DateTimeField(blank=True, null=True, verbose_name='last sent')),
                ('lapses_at', models.DateTimeField(blank=True, null=True, verbose_name='lapses')),
                ('signature', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='filings', to='templates_app.signature', verbose_name='signature')),
            ],
            options={
                'verbose_name': 'filing of a signature',
                'verbose_name_plural': 'filings of signatures',
                'indexes': [models.Index(fields=['lapses_at'], name='filing_by_lapse')],
                'constraints': [models.UniqueConstraint(fields=('signature', 'operator'), name='filing_once')],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('body', models.CharField(max_length=500, verbose_name='text')),
                ('variables', models.JSONField(blank=True, default=list, verbose_name='variables')),
                ('remark', models.CharField(blank=True, max_length=200, verbose_name='remark')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('approved', 'approved'), ('rejected', 'rejected'), ('superseded', 'superseded')], default='draft', max_length=10, verbose_name='state')),
                ('reasons', models.JSONField(blank=True, default=list, verbose_name='reasons')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='submitted')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('created_by', models.CharField(blank=True, max_length=200, verbose_name='by')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='templates_app.template', verbose_name='template')),
            ],
            options={
                'verbose_name': 'version of a template',
                'verbose_name_plural': 'versions of templates',
                'constraints': [
                    models.UniqueConstraint(fields=('template', 'number'), name='version_number_once'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'in_review'])), fields=('template',), name='one_open_version'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BoundItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('link', 'link'), ('number', 'telephone number')], max_length=6, verbose_name='kind')),
                ('value', models.CharField(max_length=255, verbose_name='link or number')),
                ('owner', models.CharField(blank=True, max_length=150, verbose_name='owner')),
                ('owner_number', models.CharField(blank=True, max_length=40, verbose_name='registration number')),
                ('icp_number', models.CharField(blank=True, max_length=40, verbose_name='ICP number')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bound', to='templates_app.templateversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'bound link or number',
                'verbose_name_plural': 'bound links and numbers',
                'constraints': [models.UniqueConstraint(fields=('version', 'kind', 'value'), name='bound_once')],
            },
        ),
        migrations.CreateModel(
            name='WordList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('level', models.CharField(choices=[('reject', 'refuse'), ('review', 'review'), ('tag', 'mark')], max_length=6, verbose_name='level')),
                ('sector', models.CharField(blank=True, max_length=40, verbose_name='sector')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'word list',
                'verbose_name_plural': 'word lists',
            },
        ),
        migrations.CreateModel(
            name='WordListVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None, verbose_name='words')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('word_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='templates_app.wordlist', verbose_name='word list')),
            ],
            options={
                'verbose_name': 'version of a word list',
                'verbose_name_plural': 'versions of word lists',
                'constraints': [models.UniqueConstraint(fields=('word_list', 'number'), name='word_list_version_once')],
            },
        ),
    ]
