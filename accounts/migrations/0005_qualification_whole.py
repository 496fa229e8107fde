import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


def name_each(apps, schema_editor):
    """The versions of one number at one account were always of one company."""
    lineages = {}
    for row in apps.get_model('accounts', 'Qualification').objects.order_by('id'):
        row.public_id = uuid.uuid4()
        row.lineage = lineages.setdefault((row.account_id, row.registration_number), uuid.uuid4())
        row.save(update_fields=['public_id', 'lineage'])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_lease_of_its_own'),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID')),
                ('name', models.CharField(max_length=120, verbose_name='file name')),
                ('media_type', models.CharField(max_length=40, verbose_name='kind of file')),
                ('size', models.PositiveIntegerField(verbose_name='bytes')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('place', models.CharField(editable=False, max_length=60, unique=True)),
                ('width', models.PositiveIntegerField(blank=True, null=True, verbose_name='width')),
                ('height', models.PositiveIntegerField(blank=True, null=True, verbose_name='height')),
                ('state', models.CharField(choices=[('quarantined', 'being checked'), ('clean', 'checked'), ('refused', 'refused')], default='quarantined', max_length=12, verbose_name='state')),
                ('problem', models.CharField(blank=True, max_length=40, verbose_name='why refused')),
                ('created_at', models.DateTimeField(verbose_name='uploaded')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked at')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
            },
        ),
        migrations.CreateModel(
            name='QualificationDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('licence', 'business licence'), ('legal_front', "legal representative's document, front"), ('legal_back', "legal representative's document, back"), ('handler_front', "handler's document, front"), ('handler_back', "handler's document, back"), ('letter', 'authorisation letter'), ('other', 'other')], max_length=16, verbose_name='what it is')),
            ],
            options={
                'verbose_name': 'paper of a qualification',
                'verbose_name_plural': 'papers of qualifications',
            },
        ),
        migrations.CreateModel(
            name='QualificationPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('legal', 'legal representative'), ('handler', 'handler')], max_length=8, verbose_name='role')),
                ('name', models.CharField(blank=True, max_length=50, verbose_name='name')),
                ('id_type', models.CharField(blank=True, choices=[('identity_card', 'identity card'), ('passport', 'passport'), ('return_permit', 'home return permit'), ('taiwan_permit', 'Taiwan compatriot permit'), ('residence_permit', 'residence permit'), ('other', 'other document')], max_length=16, verbose_name='document')),
                ('sealed_id_number', models.TextField(blank=True, editable=False)),
                ('fingerprint', models.CharField(blank=True, editable=False, max_length=64)),
                ('id_tail', models.CharField(blank=True, max_length=4, verbose_name='ends in')),
                ('valid_until_date', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('is_endless', models.BooleanField(default=False, verbose_name='without end')),
                ('phone', models.CharField(blank=True, max_length=20, verbose_name='phone')),
            ],
            options={
                'verbose_name': 'person of a qualification',
                'verbose_name_plural': 'persons of qualifications',
            },
        ),
        migrations.RemoveConstraint(
            model_name='qualification',
            name='qualification_version',
        ),
        migrations.AddField(
            model_name='qualification',
            name='company_type',
            field=models.CharField(blank=True, choices=[('company', 'limited or listed company'), ('sole_trader', 'sole trader'), ('non_profit', 'non-profit organisation'), ('government', 'government body')], max_length=12, verbose_name='type of company'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='for_self',
            field=models.BooleanField(default=True, verbose_name='for the account itself'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='is_licence_endless',
            field=models.BooleanField(default=False, verbose_name='licence without end'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='letter_from_date',
            field=models.DateField(blank=True, null=True, verbose_name='letter valid from'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='letter_until_date',
            field=models.DateField(blank=True, null=True, verbose_name='letter valid until'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='licence_from_date',
            field=models.DateField(blank=True, null=True, verbose_name='licence valid from'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='licence_until_date',
            field=models.DateField(blank=True, null=True, verbose_name='licence valid until'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='lineage',
            field=models.UUIDField(null=True, editable=False, verbose_name='lineage'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='public_id',
            field=models.UUIDField(null=True, editable=False, verbose_name='public ID'),
        ),
        migrations.RunPython(name_each, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='qualification',
            name='lineage',
            field=models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='lineage'),
        ),
        migrations.AlterField(
            model_name='qualification',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public ID'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='remark',
            field=models.CharField(blank=True, max_length=500, verbose_name='remark'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='reminded_days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='reminded, days'),
        ),
        migrations.AddField(
            model_name='qualification',
            name='submitted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='submitted'),
        ),
        migrations.AlterField(
            model_name='qualification',
            name='name',
            field=models.CharField(blank=True, max_length=150, verbose_name='registered name'),
        ),
        migrations.AlterField(
            model_name='qualification',
            name='registration_number',
            field=models.CharField(blank=True, max_length=40, verbose_name='registration number'),
        ),
        migrations.AlterField(
            model_name='qualification',
            name='state',
            field=models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('needs_more', 'needs more'), ('approved', 'approved'), ('rejected', 'rejected'), ('expired', 'expired'), ('replaced', 'replaced')], default='draft', max_length=12, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='qualification',
            index=models.Index(fields=['registration_number'], name='qualification_by_number'),
        ),
        migrations.AddIndex(
            model_name='qualification',
            index=models.Index(condition=models.Q(('state', 'approved')), fields=['valid_until_date'], name='qualification_ending'),
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.UniqueConstraint(fields=('lineage', 'version'), name='qualification_version'),
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('lineage',), name='qualification_in_force'),
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'needs_more', 'in_review'])), fields=('lineage',), name='qualification_under_way'),
        ),
        migrations.AddField(
            model_name='document',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='accounts.account', verbose_name='account'),
        ),
        migrations.AddField(
            model_name='document',
            name='uploaded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='uploaded by'),
        ),
        migrations.AddField(
            model_name='qualificationdocument',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='accounts.document', verbose_name='document'),
        ),
        migrations.AddField(
            model_name='qualificationdocument',
            name='qualification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='papers', to='accounts.qualification', verbose_name='qualification'),
        ),
        migrations.AddField(
            model_name='qualificationperson',
            name='qualification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='accounts.qualification', verbose_name='qualification'),
        ),
        migrations.AddConstraint(
            model_name='qualificationdocument',
            constraint=models.UniqueConstraint(fields=('qualification', 'document'), name='paper_once'),
        ),
        migrations.AddIndex(
            model_name='qualificationperson',
            index=models.Index(fields=['fingerprint'], name='person_by_fingerprint'),
        ),
        migrations.AddConstraint(
            model_name='qualificationperson',
            constraint=models.UniqueConstraint(fields=('qualification', 'role'), name='person_role_once'),
        ),
    ]
