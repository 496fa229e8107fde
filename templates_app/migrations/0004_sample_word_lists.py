"""A sample of words to begin with, named as such; staff change it at their desk.

The trades are those that Chinese platforms refuse in codes and notices.
"""

from django.db import migrations

from smsplatform.core import clock

LISTS = [
    (
        'Sample: never sent', 'reject', '',
        '代开发票 开发票联系 办证刻章 代办文凭 出售枪支 买卖枪支 迷药 冰毒 海洛因 毒品 赌博平台 网上赌场 '
        '六合彩 色情服务 裸聊 招嫖 高利贷 套现 洗钱 跑分 刷单返利 代孕 POS机套现',
    ),
    (
        'Sample: looked at closely', 'review', '',
        '贷款 催款 借款 彩票 棋牌 博彩 股票 荐股 虚拟货币 比特币 投资理财 中奖 返现 刷单 加微信 加群 '
        '医美 整形 烟酒 香烟 移民 留学 法律维权 招聘 兼职 拉新 短信群发 党政',
    ),
]


def seed(apps, schema_editor):
    word_list = apps.get_model('templates_app', 'WordList')
    version = apps.get_model('templates_app', 'WordListVersion')
    now = clock.now()
    for name, level, sector, words in LISTS:
        made, is_new = word_list.objects.get_or_create(
            name=name, defaults={'level': level, 'sector': sector}
        )
        if is_new:
            version.objects.create(
                word_list=made, number=1, words=words.split(), created_at=now
            )


class Migration(migrations.Migration):

    dependencies = [
        ('templates_app', '0003_fill_versions_and_filings'),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
