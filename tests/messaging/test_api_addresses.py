"""An address that the API does not have."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1/messages/1/2/3", "/api/v1", "/api/v2/messages", "/api/"]
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_an_unknown_address_of_the_api_is_a_problem(client, method, path, language):
    response = client.generic(method, path, headers={"Accept-Language": language})

    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (404, 404, "not_found")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-Id"] == body["request_id"]
    assert body["message"].isascii() == (language == "en")


def test_an_unknown_page_is_still_a_page(client):
    response = client.get("/nothing")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
