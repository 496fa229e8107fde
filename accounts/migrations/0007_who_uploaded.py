from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_scopes_of_templates'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='document',
            name='uploaded_by',
        ),
        migrations.AddField(
            model_name='document',
            name='uploaded_by',
            field=models.CharField(blank=True, max_length=40, verbose_name='uploaded by'),
        ),
    ]
