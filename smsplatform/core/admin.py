"""What the staff desks share: tables of millions, rows nobody may change, an audit trail."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from smsplatform.core import audit, clock
from smsplatform.core.audit import AuditEntry

MOST_COUNTED = 10_000

admin.site.site_header = _("SMS platform · staff")
admin.site.site_title = _("Staff")
admin.site.index_title = _("The desk")
# A schedule or a queued task names any function to call, and whoever writes somebody's address or
# second factor signs in as them: that is no business of a web page.
_NOT_HERE = ("django_q", "mfa", "usersessions", "account")
admin.site.unregister(
    [model for model in admin.site._registry if model._meta.app_label in _NOT_HERE]
)


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than a reader would turn the pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: MOST_COUNTED + 1].count())


class LargeTable(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that never counts the whole table, and is searched by exact words only."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 50
    list_select_related: ClassVar[tuple[str, ...]] = ()
    # Fields that an index answers; each is tried with what the word means to it.
    exact_search: tuple[str, ...] = ()

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.exact_search

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip()
        return (self.find(queryset, word) if word else queryset), False

    def find(self, queryset: QuerySet[Any], word: str) -> QuerySet[Any]:
        """By the first field that the word can be a value of; no such field, no rows."""
        for name in self.exact_search:
            field: Any = self.opts.get_field(name)
            try:
                value = field.to_python(word)
            except (ValueError, TypeError, ValidationError):
                continue
            return queryset.filter(**{name: value})
        return queryset.none()


class ReadOnly(LargeTable):
    """Shown, never touched. Secrets and bytes are left out."""

    secret_fields: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            field.name
            for field in self.opts.concrete_fields
            if not isinstance(field, models.BinaryField) and field.name not in self.secret_fields
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)


class Audited(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whatever staff change here leaves an audit entry, in the transaction of the change."""

    show_full_result_count = False
    list_per_page = 50

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self._record(request, obj, "deleted", [])
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: Any, verb: str, message: Any) -> None:
        """`message` is Django's list of what changed: names of fields, never their values."""
        record(request, obj, f"{self.opts.model_name}.{verb}", facts={"changes": message})


def record(
    request: HttpRequest, obj: Any, action: str, facts: dict[str, Any] | None = None
) -> None:
    """The deed of whoever is signed in; call it in the deed's transaction."""
    audit.record(
        actor=f"user:{request.user.pk}",
        action=action,
        target=f"{obj._meta.label_lower}:{obj.pk}",
        account_id=getattr(obj, "account_id", None),
        now=clock.now(),
        facts=facts,
    )


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "target", "account_id")
    exact_search = ("account_id",)
    ordering = ("-id",)
