"""The reader's language, for answers outside Django's middleware."""

from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header


@lru_cache(maxsize=256)
def of_header(accept_language: str) -> str:
    """The best of ours for an Accept-Language header; the default where none fits."""
    for code, _quality in parse_accept_lang_header(accept_language.lower()):
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
