"""A list to begin with, of what Chinese platforms and operators do not let through; staff change it
at their desk. What is refused without a person's look is refused by lists of words as well."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Q

PURPOSES = [
    ("licence", "business licence"),
    ("legal_front", "legal representative's document, front"),
    ("legal_back", "legal representative's document, back"),
    ("handler_front", "handler's document, front"),
    ("handler_back", "handler's document, back"),
    ("letter", "authorisation letter"),
    ("finance_permit", "finance permit"),
    ("presale_permit", "pre-sale permit of a building"),
    ("game_permit", "publication permit of a game"),
    ("school_permit", "permit of a school"),
    ("medical_permit", "permit of a medical institution"),
    ("other", "other"),
]

REFUSED = [
    ("Pornography", "色情", "色情服务 裸聊 招嫖"),
    ("Gambling", "赌博", "赌博平台 网上赌场 六合彩"),
    ("Drugs", "毒品", "冰毒 海洛因 迷药"),
    ("Invoices for sale", "代开发票", "代开发票 开发票联系 套现"),
]
PROHIBITED = [
    ("Lottery and games for money", "彩票棋牌", "彩票 棋牌 博彩"),
    ("Stock tips and virtual currencies", "股票与虚拟货币", "荐股 股票群 虚拟货币 比特币"),
    ("Prizes and cashback for clicks", "中奖刷单返现", "中奖 刷单 返现"),
    ("Invitations to chat groups", "加群加微信", "加群 加微信 加QQ"),
    ("Alcohol and tobacco", "烟酒", "香烟 烟酒"),
    ("Emigration and study abroad", "移民留学", "移民 留学"),
    ("Payment terminals", "POS机", "POS机"),
    ("Legal claims", "法律维权", "法律维权 代理维权"),
    ("Recruiting", "招聘兼职", "招聘 兼职"),
    ("Bulk messages for sale", "短信群发", "短信群发 拉新"),
    ("Business of operators", "运营商业务", "4G套餐 5G套餐 流量包"),
    ("Parties and politics", "党政", "党政"),
]
LICENSED = [
    ("Lending and investment", "金融", "贷款 催款 借款 投资理财 小额信贷", "finance_permit"),
    ("Real estate", "房地产", "楼盘 开盘 购房 首付", "presale_permit"),
    ("Games", "游戏", "手游 网游 游戏公会", "game_permit"),
    ("Education", "教育培训", "培训班 补习 学历提升", "school_permit"),
    ("Medical aesthetics", "医美", "医美 整形", "medical_permit"),
]


def seed(apps, schema_editor):
    trade = apps.get_model("accounts", "Trade")
    trade.objects.bulk_create(
        [
            *(_made(trade, row, ban="everything", is_refused_at_once=True) for row in REFUSED),
            *(_made(trade, row, ban="everything") for row in PROHIBITED),
            *(_made(trade, row[:3], ban="permit", permit=row[3]) for row in LICENSED),
        ]
    )


def _made(trade, row, **more):
    name, name_zh, words = row
    return trade(name=name, name_zh=name_zh, words=words.split(), **more)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0015_reason_of_the_state"),
    ]

    operations = [
        migrations.AlterField(
            model_name="qualificationdocument",
            name="purpose",
            field=models.CharField(choices=PURPOSES, max_length=16, verbose_name="what it is"),
        ),
        migrations.CreateModel(
            name="Trade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name, in English")),
                ("name_zh", models.CharField(max_length=80, verbose_name="name, in Chinese")),
                ("words", ArrayField(base_field=models.CharField(max_length=80), default=list, size=None, verbose_name="words")),
                ("sector", models.CharField(blank=True, help_text="As word lists name it.", max_length=40, verbose_name="sector")),
                ("ban", models.CharField(choices=[("everything", "everything"), ("permit", "all but verification codes, unless the permit is approved")], max_length=10, verbose_name="what it may not send")),
                ("permit", models.CharField(blank=True, choices=PURPOSES, max_length=16, verbose_name="permit")),
                ("is_refused_at_once", models.BooleanField(default=False, help_text="Templates only; else the reviewer is shown it, and decides.", verbose_name="refused at submission")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "trade",
                "verbose_name_plural": "trades",
                "constraints": [
                    models.CheckConstraint(condition=Q(("ban", "permit"), ~Q(permit="")) | Q(ban="everything", permit=""), name="trade_names_its_permit"),
                ],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
