import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('templates_app', '0004_sample_word_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='OptOutTail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, help_text='Empty means every country without a row of its own.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Two capital letters, like CN.')], verbose_name='country')),
                ('message_class', models.CharField(choices=[('verification', 'verification'), ('notice', 'notice'), ('marketing', 'marketing')], db_default='marketing', default='marketing', max_length=12, verbose_name='class')),
                ('text', models.CharField(help_text='Counted as part of every message.', max_length=60, verbose_name='words')),
                ('accepted', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, db_default=[], default=list, help_text='Separated by commas. A text that says one of them gets nothing appended.', size=None, verbose_name='also accepted')),
                ('is_last', models.BooleanField(db_default=True, default=True, help_text='Otherwise they may stand anywhere in the text.', verbose_name='must stand last')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'words to opt out',
                'verbose_name_plural': 'words to opt out',
                'constraints': [models.UniqueConstraint(fields=('country', 'message_class'), name='tail_once')],
            },
        ),
    ]
