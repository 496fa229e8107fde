from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0019_imports'),
    ]

    operations = [
        migrations.AddField(
            model_name='route',
            name='is_trial',
            field=models.BooleanField(db_default=False, default=False, verbose_name='trial numbers'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('is_trial', False), ('is_sandbox', True), _connector='OR'), name='trials_are_of_the_sandbox'),
        ),
    ]
