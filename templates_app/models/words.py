"""Lists of words that are refused, looked at or marked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class WordList(models.Model):
    """`level` says what a hit does: no submission, a human's eye, or a mark."""

    class Level(models.TextChoices):
        REJECT = "reject", _("refuse")
        REVIEW = "review", _("review")
        TAG = "tag", _("mark")

    name = models.CharField(_("name"), max_length=80, unique=True)
    level = models.CharField(_("level"), max_length=6, choices=Level.choices)
    sector = models.CharField(_("sector"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")

    def __str__(self) -> str:
        return self.name


class WordListVersion(models.Model):
    """The words at one time; the one with the highest number is in force. Never changed."""

    word_list = models.ForeignKey(
        WordList, on_delete=models.CASCADE, related_name="versions", verbose_name=_("word list")
    )
    number = models.PositiveIntegerField(_("number"))
    words = ArrayField(models.CharField(max_length=80), verbose_name=_("words"))
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("version of a word list")
        verbose_name_plural = _("versions of word lists")
        constraints = [
            models.UniqueConstraint(fields=["word_list", "number"], name="word_list_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.word_list} v{self.number}"
