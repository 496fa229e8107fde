"""What waits for a person's judgement, whatever it is; and the hours in which people judge."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smsplatform.core.states import Machine, StateQuerySet


class ItemState(models.TextChoices):
    """waiting → decided | withdrawn; with four eyes waiting → second_look → decided | withdrawn"""

    WAITING = "waiting", _("waiting")
    SECOND_LOOK = "second_look", _("waits for a second look")
    DECIDED = "decided", _("decided")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Decision(models.TextChoices):
    APPROVED = "approved", _("approved")
    NEEDS_MORE = "needs_more", _("needs more")
    REJECTED = "rejected", _("rejected")


_S = ItemState
LIVE = (_S.WAITING, _S.SECOND_LOOK)
ITEM = Machine(
    first=[_S.WAITING],
    table={
        _S.WAITING: [_S.SECOND_LOOK, _S.DECIDED, _S.WITHDRAWN],
        _S.SECOND_LOOK: [_S.DECIDED, _S.WITHDRAWN],
        _S.DECIDED: [],
        _S.WITHDRAWN: [],
    },
)


class ItemQuerySet(StateQuerySet):
    machine = ITEM

    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def in_order(self) -> Self:
        """As the queue is worked off."""
        return self.order_by("rank_at", "id")

    def free_for(self, by_id: int, now: datetime) -> Self:
        """Held by nobody else: a lease that has run out holds nothing."""
        return self.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_by_id=by_id)
        )

    def overdue(self, now: datetime) -> Self:
        return self.live().filter(due_at__lt=now)


class Item(models.Model):
    """One submission before the staff. Ids are plain numbers: the kernel knows no app.

    `facts` is what the queue shows of it at a glance, words to values. `reasons` is what the
    reviewer chose: a list of {"code", "field", "text"}, the text being words of their own.
    """

    kind = models.CharField(_("kind"), max_length=40)
    target_id = models.BigIntegerField(_("subject"))
    account_id = models.BigIntegerField(_("account"))
    title = models.CharField(_("title"), max_length=200)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ItemState.choices, default=ItemState.WAITING
    )
    needs_two = models.BooleanField(_("needs two people"), default=False)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    priority = models.SmallIntegerField(_("priority"), default=0)
    opened_at = models.DateTimeField(_("submitted"))
    due_at = models.DateTimeField(_("due"))
    # The place in the queue: the due time, brought forward for each step of priority.
    rank_at = models.DateTimeField(_("rank"), editable=False)
    nudged_at = models.DateTimeField(_("customer asked"), null=True, blank=True)
    claimed_by_id = models.BigIntegerField(_("taken by"), null=True, blank=True)
    claimed_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    # With four eyes: whoever approved first.
    decided_by_id = models.BigIntegerField(_("decided by (number)"), null=True, blank=True)
    decided_by_name = models.CharField(_("decided by"), max_length=254, blank=True)
    second_by_id = models.BigIntegerField(_("second look by (number)"), null=True, blank=True)
    second_by_name = models.CharField(_("second look by"), max_length=254, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        app_label = "core"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_id"],
                condition=Q(state__in=["waiting", "second_look"]),
                name="review_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(second_by_id__isnull=True) | ~Q(second_by_id=models.F("decided_by_id")),
                name="review_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided", needs_two=True, decision="approved")
                | Q(second_by_id__isnull=False),
                name="review_approved_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state="decided", decided_at__isnull=False, decided_by_id__isnull=False)
                & ~Q(decision="")
                | ~Q(state="decided") & Q(decided_at__isnull=True, decision=""),
                name="review_decision_is_whole",
            ),
        ]
        indexes = [
            # The queue, and only the queue.
            models.Index(
                fields=["rank_at", "id"],
                condition=Q(state__in=["waiting", "second_look"]),
                name="review_queue",
            ),
            # What was decided about one subject before.
            models.Index(fields=["kind", "target_id", "id"], name="review_history"),
            # Precedents.
            models.Index(
                fields=["kind", "decided_at"], condition=Q(state="decided"), name="review_decided"
            ),
            models.Index(fields=["account_id", "id"], name="review_by_account"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def is_overdue(self, now: datetime) -> bool:
        return self.is_live and self.due_at < now

    def is_held_by_other(self, by_id: int, now: datetime) -> bool:
        return (
            self.claimed_until is not None
            and self.claimed_until > now
            and self.claimed_by_id != by_id
        )


class WorkingHours(models.Model):
    """A weekday without a row is a day off. The zone is settings.STAFF_TIME_ZONE."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices, unique=True)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("until"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        app_label = "core"
        ordering = ("weekday",)
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="working_hours_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class CalendarDay(models.Model):
    """A holiday, or a day worked instead: with hours it is worked, without them it is off."""

    date = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    opens_at = models.TimeField(_("from"), null=True, blank=True)
    closes_at = models.TimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("day off or on")
        verbose_name_plural = _("days off and on")
        app_label = "core"
        ordering = ("-date",)
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(closes_at__gt=models.F("opens_at")),
                name="calendar_day_forward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class CannedReply(models.Model):
    """A sentence that reviewers send often. No kind: offered for every kind."""

    kind = models.CharField(_("kind"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"), max_length=1000)

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        app_label = "core"
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class ReviewReason(models.Model):
    """What a reviewer may say of a kind, worded by the staff. With the code of a reason that the
    kind begins with it replaces that one's words; what is left empty stays as it was."""

    kind = models.CharField(_("kind"), max_length=40)
    code = models.SlugField(_("code"), max_length=32)
    # By its name in the customer's form.
    field = models.CharField(_("field"), max_length=40, blank=True)
    sentence_en = models.CharField(_("what is wrong, in English"), max_length=300, blank=True)
    fix_en = models.CharField(_("how to mend it, in English"), max_length=500, blank=True)
    sentence_zh = models.CharField(_("what is wrong, in Chinese"), max_length=300, blank=True)
    fix_zh = models.CharField(_("how to mend it, in Chinese"), max_length=500, blank=True)
    place = models.PositiveSmallIntegerField(_("place in the list"), default=100)
    is_active = models.BooleanField(_("on offer"), default=True)

    class Meta:
        verbose_name = _("reason of reviewers")
        verbose_name_plural = _("reasons of reviewers")
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="review_reason_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}"
