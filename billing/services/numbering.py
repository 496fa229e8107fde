"""Numbers of documents: without a gap, whoever races and whatever is killed between."""

from billing.models import DocumentNumber


def hold(*, series: str) -> DocumentNumber:
    """Whoever closes waits here; the lock ends with the transaction."""
    row, _created = DocumentNumber.objects.select_for_update().get_or_create(series=series)
    return row


def take(*, held: DocumentNumber) -> int:
    """The next number, in the transaction that holds the row and writes the document."""
    held.last += 1
    held.save(update_fields=["last"])
    return held.last
