"""Any text can be printed, and none of it drives the terminal."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.cli import terminal


@given(st.text(st.characters()))
def test_printable_is_one_line_without_controls(text: str) -> None:
    shown = terminal.printable(text)
    assert len(f"{shown}.".splitlines()) == 1
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("text", ["Überall", "春の海\u3000", "a\u00a0b", "👩\u200d🎤"])
def test_printable_leaves_text_alone(text: str) -> None:
    assert terminal.printable(text) == text


def test_pipes_get_utf8_and_keep_odd_file_names(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    terminal.prepare()
    value = {"file": "春 \udcfc.wav"}
    terminal.json_line(value)
    assert json.loads(raw.getvalue().decode("utf-8")) == value


def test_a_terminal_keeps_its_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Screen(raw, encoding="cp437"))
    monkeypatch.setattr(sys, "stderr", Screen(io.BytesIO(), encoding="cp437"))
    terminal.prepare()
    print("Über 春", end="", flush=True)  # noqa: T201
    assert raw.getvalue() == "Über ?".encode("cp437")
