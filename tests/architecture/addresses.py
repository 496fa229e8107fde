"""Every address that the resolver knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Address:
    route: str
    name: str
    view: Any

    @property
    def methods(self) -> set[str]:
        return {method.upper() for method in _METHODS if hasattr(self.view, method)}

    def url(self, arguments: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=arguments)


def every_address() -> list[Address]:
    """But for Django's own of each model on the staff's desk, and its catch-alls."""
    desks = tuple(f"staff/{model._meta.app_label}/{model._meta.model_name}/" for model in _desks())
    return [
        address
        for address in _walk(get_resolver(), "", "")
        if not address.route.startswith((*desks, "staff/^", "staff/("))
    ]


def desk_models() -> set[str]:
    return {model._meta.label_lower for model in _desks()}


def _desks() -> list[Any]:
    return list(admin.site._registry)


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Address(route, f"{namespace}{entry.name or ''}", _view(entry.callback))
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, route, inner)


def _view(callback: Any) -> Any:
    return getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
