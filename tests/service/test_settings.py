from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from wavvy.service.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def documented() -> dict[str, tuple[str, str]]:
    """Return default and meaning by variable, from the table in the document."""
    rows = re.findall(r"^\| `(WAVVY_\w+)` \| (.*?) \| (.*?) \|$", DOCUMENT.read_text("utf-8"), re.M)
    return {name: (default.strip("`"), meaning) for name, default, meaning in rows}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(documented()) == {f"WAVVY_{name.upper()}" for name in Settings.model_fields}


def test_document_says_what_the_code_says() -> None:
    rows = documented()
    for name, field in Settings.model_fields.items():
        default, meaning = rows[f"WAVVY_{name.upper()}"]
        assert meaning == field.description, name
        if field.default_factory is None:
            assert default == str(field.default), name


def test_environment_sets_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAVVY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WAVVY_PORT", "9000")
    monkeypatch.setenv("WAVVY_CORS_ORIGINS", "https://a.example/, http://localhost:5173")
    settings = Settings()
    assert settings.data_dir == tmp_path
    assert settings.port == 9000
    assert settings.cors_origins == ["https://a.example", "http://localhost:5173"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("MAX_STREAMS", "0"), ("LOG_FORMAT", "xml"), ("MAX_CLIP_SECONDS", "soon")],
)
def test_senseless_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"WAVVY_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
