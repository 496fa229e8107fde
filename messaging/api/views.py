"""/api/v1/messages and /api/v1/batches.

The send door serves sending too: it shares parser, services and answer.
"""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import HasScope, key_of
from accounts.models import Scope
from accounts.services.keys import KeyFacts
from messaging import access, queries
from messaging.api import serializers
from messaging.models import Batch
from messaging.services import acceptance, cancelling, estimating
from messaging.services.acceptance import Accepted
from smsplatform.core import clock
from smsplatform.core.api import parse_uuid
from smsplatform.core.errors import NotFound
from smsplatform.core.shapes import ProblemAnswer


class MessageList(APIView):
    """Send messages; list those that were sent."""

    permission_classes = [HasScope]
    parser_classes = []

    @property
    def scope(self) -> str:
        return Scope.SEND if self.request.method == "POST" else Scope.READ

    @extend_schema(
        operation_id="messages_send",
        summary="Send one message or ten thousand",
        request={"application/json": serializers.SendRequest},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={
            202: serializers.SendAnswer,
            **dict.fromkeys((400, 401, 402, 403, 413, 415, 422, 429), ProblemAnswer),
        },
    )
    def post(self, request: Request) -> Response:
        key = key_of(request)
        access.check_account(key)
        send = access.parse(
            body=_body(request),
            content_type=request.content_type,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            key=key,
        )
        outcome = acceptance.accept([send])[0]
        if not isinstance(outcome, Accepted):
            raise outcome
        return Response(access.answer(outcome), status=202, headers=access.answer_headers(outcome))

    @extend_schema(
        operation_id="messages_list",
        summary="List messages, newest first",
        description=(
            "Follow next_cursor until it is null. Of a state that few of very many messages are in,"
            " a page may show fewer than limit, even none, and still lead on: it ends after some"
            " thousands of messages that were looked at. A range of time makes the way shorter."
        ),
        parameters=[serializers.ListFilters],
        responses={
            200: serializers.MessagePage,
            **dict.fromkeys((401, 403, 422), ProblemAnswer),
        },
    )
    def get(self, request: Request) -> Response:
        key = key_of(request)
        filters = serializers.ListFilters(
            data=request.query_params, context={"region": key.country}
        )
        filters.is_valid(raise_exception=True)
        page = queries.page(account=key.account_id, **filters.validated_data)
        return Response(serializers.MessagePage(page).data)


class MessageEstimate(APIView):
    """What a request would cost and become, without sending it."""

    permission_classes = [HasScope]
    parser_classes = []
    scope = Scope.SEND

    @extend_schema(
        operation_id="messages_estimate",
        summary="Estimate a request without sending it",
        description=(
            "Takes the body of a send and goes the same way: the same checks, prices, packages and"
            " tiers as of this moment. Nothing is stored and nothing is charged; a later send may"
            " find other prices, caps or balances. What a send would refuse as a whole is refused"
            " alike, but for the money: is_covered says whether it would suffice."
        ),
        request={"application/json": serializers.SendRequest},
        responses={
            200: serializers.EstimateAnswer,
            **dict.fromkeys((400, 401, 402, 403, 413, 415, 422, 429), ProblemAnswer),
        },
    )
    def post(self, request: Request) -> Response:
        key = key_of(request)
        access.check_account(key)
        send = access.parse(
            body=_body(request), content_type=request.content_type, idempotency_key="", key=key
        )
        found = estimating.estimate(send, now=clock.now())
        return Response(serializers.of_estimate(found))


class MessageDetail(APIView):
    """One message, whole."""

    permission_classes = [HasScope]
    scope = Scope.READ

    @extend_schema(
        operation_id="messages_get",
        summary="Follow one message",
        responses={
            200: serializers.FateShown,
            **dict.fromkeys((401, 403, 404), ProblemAnswer),
        },
    )
    def get(self, request: Request, message_id: str) -> Response:
        fate = queries.fate(account=key_of(request).account_id, message_id=parse_uuid(message_id))
        if fate is None:
            raise NotFound
        return Response(serializers.FateShown(fate).data)


class MessageCancel(APIView):
    """One message, taken back."""

    permission_classes = [HasScope]
    scope = Scope.SEND

    @extend_schema(
        operation_id="messages_cancel",
        summary="Cancel a message that has not left",
        description=(
            "A message that is scheduled, in review or queued is cancelled and paid back in full;"
            " it will never be handed to a carrier. Any other is left as it is, and 409"
            " not_cancellable says which state it is in. Asking again for one that is cancelled"
            " changes nothing and answers 200."
        ),
        request=None,
        responses={
            200: serializers.MessageShown,
            **dict.fromkeys((401, 403, 404, 409), ProblemAnswer),
        },
    )
    def post(self, request: Request, message_id: str) -> Response:
        key = key_of(request)
        message = cancelling.cancel_one(
            account_id=key.account_id,
            message_id=parse_uuid(message_id),
            actor=_actor(key),
            now=clock.now(),
        )
        return Response(serializers.MessageShown(message).data)


class BatchDetail(APIView):
    """A batch, and how far it has come."""

    permission_classes = [HasScope]
    scope = Scope.READ

    @extend_schema(
        operation_id="batches_get",
        summary="Follow one batch",
        responses={
            200: serializers.BatchShown,
            **dict.fromkeys((401, 403, 404), ProblemAnswer),
        },
    )
    def get(self, request: Request, batch_id: str) -> Response:
        batch = _find(key_of(request).account_id, parse_uuid(batch_id))
        return Response(serializers.BatchShown(queries.progress(batch)).data)


class BatchCancel(APIView):
    """What has not left of a batch, taken back."""

    permission_classes = [HasScope]
    scope = Scope.SEND

    @extend_schema(
        operation_id="batches_cancel",
        summary="Cancel what has not left of a batch",
        description=(
            "Its messages that are scheduled, in review or queued are cancelled and paid back in"
            " full. The answer counts the messages of the whole batch as they stand now. A large"
            " batch takes more than one request: while waiting is not 0, ask again to go on."
            " Asking once more than needed changes nothing."
        ),
        request=None,
        responses={
            200: serializers.BatchCancelled,
            **dict.fromkeys((401, 403, 404), ProblemAnswer),
        },
    )
    def post(self, request: Request, batch_id: str) -> Response:
        key = key_of(request)
        batch = _find(key.account_id, parse_uuid(batch_id))
        progress = access.cancel_batch(batch, actor=_actor(key))
        return Response(serializers.BatchCancelled(progress).data)


def _find(account_id: int, batch_id: UUID) -> Batch:
    batch = queries.batch(account=account_id, batch_id=batch_id)
    if batch is None:
        raise NotFound
    return batch


def _actor(key: KeyFacts) -> str:
    """Who the event of a key's act names."""
    return f"API key {key.key_id}"


def _body(request: Request) -> bytes:
    """Not more than may be. Django reads nothing without a Content-Length; a server that ends the
    input itself allows to read what was sent in chunks."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    access.check_length(declared)
    is_ended = not declared and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if is_ended else request._request
    return bytes(stream.read(access.LARGEST_BODY + 1))
