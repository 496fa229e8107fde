"""What factories say to each other."""

from datetime import timedelta

from factory import LazyAttribute


def any_of(factory_of_it, *names):
    """What the same account (or the whole test) has of it already, else a new one."""

    def find(row):
        given = {name: getattr(row, name) for name in names}
        model = factory_of_it._meta.model
        return model.objects.filter(**given).order_by("pk").first() or factory_of_it(**given)

    return LazyAttribute(find)


def after(seconds):
    """An instant so long after the row was accepted."""
    return LazyAttribute(lambda row: row.accepted_at + timedelta(seconds=seconds))
