import pytest
from django.utils import translation

from smsplatform.core import regions


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("en", "JP", "Japan"),
        ("zh-hans", "JP", "日本"),
        ("en", "CN", "Mainland China"),
        ("zh-hans", "TW", "中国台湾"),
        ("zh-hans", "HK", "中国香港"),
        ("en", "??", "??"),
    ],
)
def test_a_country_has_a_name_in_the_reader_s_language(language, code, name):
    with translation.override(language):
        assert regions.name(code) == name
