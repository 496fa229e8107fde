"""Names of countries and regions, in the reader's language."""

import functools

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

# Where our readers say it otherwise than the Unicode consortium.
_OURS: dict[str, str | Promise] = {
    "CN": _("Mainland China"),
    "HK": _("Hong Kong"),
    "MO": _("Macao"),
    "TW": _("Taiwan"),
}


def name(code: str) -> str:
    """Of an ISO 3166 code; a code that nobody knows is its own name."""
    if code in _OURS:
        return str(_OURS[code])
    return _names(to_locale(get_language() or "en")).get(code, code)


@functools.cache
def _names(locale: str) -> dict[str, str]:
    return dict(Locale.parse(locale).territories)
