import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('templates_app', '0007_fill_languages'),
    ]

    operations = [
        migrations.CreateModel(
            name='SenderRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, help_text='Empty means every country without a row of its own.', max_length=2, unique=True, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Two capital letters, like GB.')], verbose_name='country')),
                ('takes_names', models.BooleanField(db_default=True, default=True, verbose_name='names')),
                ('takes_numbers', models.BooleanField(db_default=True, default=True, verbose_name='telephone numbers')),
                ('takes_short_codes', models.BooleanField(db_default=True, default=True, verbose_name='short codes')),
                ('longest_name', models.PositiveSmallIntegerField(db_default=11, default=11, help_text='No carrier takes more than 11.', verbose_name='longest name')),
                ('must_register', models.BooleanField(db_default=False, default=False, verbose_name='must be registered')),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'rule of sender IDs',
                'verbose_name_plural': 'rules of sender IDs',
            },
        ),
        migrations.CreateModel(
            name='SenderID',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, help_text='Empty means every country without a row of its own.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Two capital letters, like GB.')], verbose_name='country')),
                ('address', models.CharField(help_text='A name like Acme, a number like +447700900123 or a short code like 88802.', max_length=16, verbose_name='sender ID')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
                ('signature', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sender_ids', to='templates_app.signature', verbose_name='signature')),
            ],
            options={
                'verbose_name': 'sender ID',
                'verbose_name_plural': 'sender IDs',
                'constraints': [models.UniqueConstraint(fields=('signature', 'country'), name='sender_once_a_country')],
            },
        ),
    ]
