from __future__ import annotations

from wavvy.client.errors import Unreachable
from wavvy.errors import WavvyError
from wavvy.service import errors


def all_codes(kind: type[WavvyError]) -> set[str]:
    return {kind.code}.union(*(all_codes(child) for child in kind.__subclasses__()))


def test_every_error_has_its_row_in_the_table() -> None:
    raised_only_at_start = {errors.CannotListen.code}
    found_by_the_framework = {"method_not_allowed"}
    raised_by_the_client = {Unreachable.code}
    codes = all_codes(WavvyError) - raised_only_at_start - raised_by_the_client
    codes |= found_by_the_framework
    assert set(errors.ANSWERS) == codes


def test_statuses_and_close_codes_are_proper() -> None:
    for code, answer in errors.ANSWERS.items():
        assert 400 <= answer.status < 600, code
        assert 1002 <= answer.close <= 1013, code
        assert (answer.retry_after_ms is not None) == (answer.close in (1012, 1013)), code


def test_body_has_the_one_form() -> None:
    assert errors.error_body("busy", "try later") == {
        "status": "error",
        "error": {"code": "busy", "message": "try later", "retry_after_ms": 2000},
    }


def test_unknown_code_is_an_internal_error() -> None:
    assert errors.answer_for("never heard of").status == 500
