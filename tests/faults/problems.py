"""What every refusal has to look like: RFC 9457 with rankd's own parts."""

from typing import Any

PARTS = ("type", "title", "status", "detail", "code", "request_id")


def faults_of(answer: Any, *statuses: int) -> list[str]:
    """What is wrong with a refusal; `statuses` are those it may have, any 4xx where none is named."""
    found = []
    if not 400 <= answer.status_code < 500 or (statuses and answer.status_code not in statuses):
        found.append(f"status {answer.status_code}, not {statuses or '4xx'}")
    if answer.headers.get("content-type") != "application/problem+json":
        return [*found, f"content type {answer.headers.get('content-type')}: {answer.text[:200]}"]
    problem = answer.json()
    found += [f"no {part}" for part in PARTS if part not in problem]
    if problem.get("status") != answer.status_code:
        found.append(f"status {problem.get('status')} in the body")
    if problem.get("request_id") != answer.headers.get("x-request-id"):
        found.append("request_id is not that of the header")
    if not str(problem.get("type")).endswith(f"/problems/{problem.get('code')}"):
        found.append(f"type {problem.get('type')} of code {problem.get('code')}")
    return found
