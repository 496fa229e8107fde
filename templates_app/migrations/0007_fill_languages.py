"""Texts for abroad were written in English; whoever wrote another language adds it as one."""

from django.db import migrations


def fill(apps, schema_editor):
    template = apps.get_model('templates_app', 'Template')
    template.objects.filter(market='international').update(locale='en')


class Migration(migrations.Migration):

    dependencies = [
        ('templates_app', '0006_languages_of_templates'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
