from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('templates_app', '0005_opt_out_tails'),
    ]

    operations = [
        migrations.AddField(
            model_name='template',
            name='locale',
            field=models.CharField(db_default='zh-Hans', default='zh-Hans', max_length=12, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='template',
            name='is_main',
            field=models.BooleanField(db_default=True, default=True, verbose_name='main language'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(fields=('account', 'code', 'locale'), name='template_once_a_language'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('account', 'code'), name='one_main_language'),
        ),
        migrations.RemoveConstraint(
            model_name='template',
            name='template_code_once',
        ),
    ]
