"""States of a version of a price list:

    draft → published → withdrawn (until it is in force)
    draft → withdrawn

What was published never changes: the database refuses it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


_V = VersionState
VERSION = Machine(
    first=[_V.DRAFT],
    table={
        _V.DRAFT: [_V.PUBLISHED, _V.WITHDRAWN],
        _V.PUBLISHED: [_V.WITHDRAWN],
        _V.WITHDRAWN: [],
    },
)
