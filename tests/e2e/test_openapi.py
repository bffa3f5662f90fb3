"""The OpenAPI document, held against a real hub by schemathesis: whatever is called, the answer is a described one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import status_code_conformance

from tests.e2e.hub_process import HubProcess

PASSWORD = "correct horse"
EXAMPLES = 5
ACCOUNT = {"accounts": [{"name": "acme", "api_keys": [{"name": "main"}]}]}
RATES = {f"HUBBUB_{each}_PER_MIN": "100000" for each in ("CHATPION_RATE", "BOTLIVE_RATE", "BOTLIVE_STATS_RATE")}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with HubProcess(tmp_path_factory.mktemp("hub"), provision=ACCOUNT, env=RATES) as hub:
        yield hub
        assert hub.alive(), hub.log_text()
    assert "Traceback" not in hub.log_text(), hub.log_text()


@pytest.fixture(scope="module")
def session(hub: HubProcess) -> requests.Session:
    """An administrator's, whoever registers first, which holds the key of a ChatPion account as well."""
    session = requests.Session()
    session.headers["X-API-Key"] = hub.credentials["accounts"]["acme"]["api_keys"]["main"]
    body = {"username": "root", "email": "root@mail.example", "password": PASSWORD}
    assert session.post(f"{hub.ready.http}/api/auth/register", json=body).status_code == 200
    assert session.post(f"{hub.ready.http}/api/auth/login", json=body).status_code == 200
    assert session.post(f"{hub.ready.http}/api/my-bots", json={"name": "ci"}).status_code == 200
    return session


def document(hub: HubProcess) -> Any:
    """The document, without what would end the session that asks, or what it asks about."""
    found = schemathesis.openapi.from_url(f"{hub.ready.http}/openapi.json").include(path_regex="^/(api|botlive)/")
    ending = "logout|change-password|delete-account|login"
    return found.exclude(path_regex=ending).exclude(path_regex="^/api/my-bots/{bot}$", method="DELETE")


def test_no_call_is_answered_but_as_described(hub: HubProcess, session: requests.Session) -> None:
    tried, seen, known = 0, set[int](), {"bot": "1", "user": "1"}
    for result in document(hub).get_all_operations():
        operation = result.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def check(case: Any) -> None:
            nonlocal tried
            tried += 1
            if tried % 2 and case.path_parameters:  # what is there is as interesting as what is not
                case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
            response: Response = case.call(session=session)
            seen.add(response.status_code)
            case.validate_response(response, checks=[not_a_server_error, status_code_conformance])

        check()
    assert tried > 100
    assert seen >= {200, 400, 404}
