"""Processes add, remove, merge and rebuild at random and are killed at random, against a model.

A short run is part of the tests. ``make soak`` runs it for ``SOAK_MINUTES`` from ``SOAK_SEED`` and
prints what it does. Writers are real processes that share one data folder; each owns some of the
tunes, says what it is about to do, and says it again when it is done. From these lines the model
knows which tunes must be found, which must not, and of which a kill left it unsure.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import wavvy
from wavvy import upkeep
from wavvy.backup import back_up, restore
from wavvy.index.manifest import FILE_NAME
from wavvy.library import Wavvy

Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX has them")

log = logging.getLogger("soak")

RATE = 16000
WRITERS = 2
MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
SECONDS = 60 * MINUTES or 4.0
TUNES = 40 if MINUTES else 12
MIN_ROUNDS = 2
MOST_ROUNDS = 500 if MINUTES else 20
RESTING_SECONDS = 1.0  # of the library that is asked
PATIENCE = 30.0  # seconds within which a library must have followed
LEAST = 3
"""Tracks added, and questions answered, without which a run has tried nothing."""
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.randrange(1, 10**6)

WRITER = """
import json, random, sys, time
import wavvy
from wavvy.library import Wavvy

def say(what, tune=-1, track_id=0):
    print(json.dumps([what, tune, track_id]), flush=True)

files = {int(number): file for number, file in json.loads(sys.argv[2]).items()}
seed = sys.stdin.readline()
if not seed:
    sys.exit()  # the test is over
chance = random.Random(int(seed))
library = wavvy.open(sys.argv[1])
say("opened")
for warning in library.warnings:
    say("warning: " + warning)
while True:
    held = {track.file: track.id for track in library.tracks(limit=1000)}
    tune = chance.choice(list(files))
    action = chance.choices(["change", "merge", "rebuild", "rest"], [20, 1, 1, 4])[0]
    if action == "merge":
        say("merging")
        library.merge_index()
    elif action == "rebuild":
        say("rebuilding")
        library.rebuild_index()
    elif action == "rest":
        time.sleep(chance.uniform(0, 0.1))
    elif files[tune] in held:
        say("removing", tune)
        library.remove(held[files[tune]])
        say("removed", tune)
    else:
        say("adding", tune)
        say("added", tune, library.add(files[tune]).track_id)
"""


@dataclass
class Model:
    """What is known of each tune: its track id, 0 if it is in no library, None if unsure."""

    states: dict[int, int | None]
    versions: Counter[int] = field(default_factory=Counter)
    tally: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, line: str) -> None:
        if not line.endswith("\n"):
            return  # killed in the middle of a word
        what, tune, track_id = json.loads(line)
        with self.lock:
            if what.startswith("warning"):
                self.warnings.append(what)
                return
            self.tally[what] += 1
            if tune >= 0:
                self.versions[tune] += 1
                self.states[tune] = {"added": track_id, "removed": 0}.get(what)

    def look(self, tune: int) -> tuple[int | None, int]:
        with self.lock:
            return self.states[tune], self.versions[tune]


class Soak:
    """One data folder, its writers, and the model of what it must hold."""

    def __init__(self, data: Path, files: dict[int, Path], clips: dict[int, np.ndarray]) -> None:
        self.data, self.files, self.clips = data, files, clips
        self.chance = random.Random(SEED)
        self.model = Model(dict.fromkeys(files, 0))

    def prepare(self, number: int) -> subprocess.Popen[str]:
        """Start a writer that waits for its turn, so that starting takes no time from the test."""
        own = {tune: str(path) for tune, path in self.files.items() if tune % WRITERS == number}
        return subprocess.Popen(
            [sys.executable, "-c", WRITER, str(self.data), json.dumps(own)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def writing(self, writer: subprocess.Popen[str]) -> Iterator[None]:
        """Let a writer work; kill it in the end, and hear what it has said until then."""
        assert writer.stdin is not None
        assert writer.stdout is not None
        lines = writer.stdout
        writer.stdin.write(f"{self.chance.randrange(10**6)}\n")
        writer.stdin.flush()
        self.model.hear(lines.readline())
        ear = threading.Thread(target=lambda: [self.model.hear(line) for line in lines])
        ear.start()
        try:
            yield
        finally:
            assert writer.poll() is None, "a writer has failed; see above"
            writer.kill()
            ear.join()

    def ask(self, library: Wavvy) -> None:
        """Ask for a tune; if nobody has touched it meanwhile, the answer must be the model's."""
        tune = self.chance.choice(list(self.files))
        expected, version = self.model.look(tune)
        found = [r.track.id for r in library.identify(self.clips[tune], RATE).results]
        if expected is not None and self.model.look(tune) == (expected, version):
            assert found == [expected] * (expected > 0), f"tune {tune}"
            self.model.tally["asked"] += 1

    def follow(self, library: Wavvy) -> None:
        """Wait until a library notices by itself what killed writers have left undone."""
        end = time.monotonic() + PATIENCE
        known = library.catalog.track_ids()
        while library.index.track_ids().tolist() != known:
            assert time.monotonic() < end, "the index does not follow the catalogue"
            time.sleep(0.05)
        self.model.tally["followed"] += 1

    def check(self, *, damaged: str = "") -> None:
        """Open the library as after a crash: it must hold what the model holds."""
        with wavvy.open(self.data) as library:
            problems = library.verify_index()
            named = " ".join([*library.warnings, *problems])
            if damaged:
                assert damaged in named or not named, named
                if problems:
                    library.rebuild_index()
                    assert library.verify_index() == []
            else:
                assert named == ""
            held = {track.file: track.id for track in library.tracks(limit=1000)}
            for tune, state in self.model.states.items():
                here = held.get(str(self.files[tune]), 0)
                assert state in (None, here), f"tune {tune}"
                self.model.states[tune] = here
            assert library.index.track_ids().tolist() == sorted(held.values())
            self.ask(library)

    def back_up(self, library: Wavvy) -> None:
        """Back up while writers write, and restore: what nobody has touched must be as it was."""
        before = {tune: self.model.look(tune) for tune in self.files}
        backup, restored = (self.data.with_name(name) for name in ("backup", "restored"))
        back_up(library, backup)
        untouched = {t: look for t, look in before.items() if self.model.look(t) == look}
        restore(backup, restored)
        with wavvy.open(restored) as copy:
            assert [*copy.verify_index(), *copy.warnings] == []
            held = {track.file: track.id for track in copy.tracks(limit=1000)}
            for tune, (state, _) in untouched.items():
                assert state in (None, held.get(str(self.files[tune]), 0)), f"tune {tune}"
        for folder in (backup, restored):
            shutil.rmtree(folder)
        self.model.tally["backed up"] += 1

    def damage(self) -> str:
        """Damage the index as a bad disk would; return what must be named."""
        index = self.data / "index"
        path = self.chance.choice(sorted(index.glob("*.seg")) or [index / FILE_NAME])
        kind = self.chance.choice(["flip", "cut", "manifest", "gone", "folder"])
        if kind == "folder":
            # At once, as an open library makes the index anew as soon as it misses some of it.
            shutil.rmtree(index.rename(self.data / "gone"))
            return FILE_NAME
        if kind == "manifest":
            path = index / FILE_NAME
        content = bytearray(path.read_bytes())
        content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
        if kind == "cut":
            content = content[: self.chance.randrange(len(content))]
        path.unlink()  # as another file: what is open stays as it was
        if kind != "gone":
            path.write_bytes(content)
        return path.name

    def round(self, seconds: float, writers: list[subprocess.Popen[str]], asker: Wavvy) -> None:
        with ExitStack() as stack:
            for writer in writers:
                stack.enter_context(self.writing(writer))
            end = time.monotonic() + self.chance.uniform(0.3, 1.0) * seconds
            if self.chance.random() < 0.5:
                self.back_up(asker)
            while time.monotonic() < end:
                self.ask(asker)
        if self.chance.random() < 0.5:
            self.follow(asker)
        self.check()
        assert self.model.warnings == []
        self.ask(asker)

    def run(self) -> None:
        end = time.monotonic() + SECONDS
        with ExitStack() as stack, wavvy.open(self.data) as asker:
            ready: list[subprocess.Popen[str]] = []
            for number in itertools.count(1):
                writers = ready or [stack.enter_context(self.prepare(n)) for n in range(WRITERS)]
                # On a busy machine a round may pass before a writer has added anything: the next
                # ones are longer.
                enough = min(self.model.tally["added"], self.model.tally["asked"]) > LEAST
                done = enough or number >= MOST_ROUNDS
                last = done and number >= MIN_ROUNDS and time.monotonic() > end
                ready = (
                    [] if last else [stack.enter_context(self.prepare(n)) for n in range(WRITERS)]
                )
                patience = 1.0 if enough else min(number, 10.0)
                self.round(patience * min(SECONDS / MIN_ROUNDS, 10.0), writers, asker)
                what = ""
                if self.chance.random() < 0.7:
                    what = self.damage()
                    self.check(damaged=what)
                tracks = sum(bool(state) for state in self.model.states.values())
                did = ", ".join(f"{n} {name}" for name, n in sorted(self.model.tally.items()))
                log.info(
                    "round %d: %d tracks, damaged %s; %s", number, tracks, what or "nothing", did
                )
                if last:
                    return


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_returns(
    tmp_path: Path, melody: Melody, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RESTING_SECONDS", RESTING_SECONDS)
    tunes = {number: melody(5000 + number, 6.0) for number in range(TUNES)}
    files = {n: record(tmp_path / "music" / f"{n}.wav", tune) for n, tune in tunes.items()}
    clips = {n: tune[RATE : 5 * RATE] for n, tune in tunes.items()}
    log.info("SOAK_SEED=%d: %.0f s, %d tunes, %d writers", SEED, SECONDS, TUNES, WRITERS)
    soak = Soak(tmp_path / "data", files, clips)
    try:
        soak.run()
    except AssertionError as violation:
        violation.add_note(f"SOAK_SEED={SEED}; {dict(soak.model.tally)}")
        raise
    assert soak.model.tally["added"] > LEAST
    assert soak.model.tally["asked"] > LEAST
