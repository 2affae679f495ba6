from __future__ import annotations

import inspect
import pickle
import re

import pytest

from wavvy import errors
from wavvy.errors import WavvyError

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, WavvyError)
}
CODES = {
    "internal", "unsupported_media", "no_audio", "corrupt_media", "unreadable_file",
    "invalid_audio", "too_large", "not_found", "invalid_request", "store_error",
    "incompatible_store", "damaged_index", "store_busy", "store_unavailable", "disk_full",
}  # fmt: skip


def drawn() -> dict[str, tuple[str, str | None]]:
    """Read parent and code of each class from the tree in the docstring."""
    assert errors.__doc__ is not None
    parents = {0: ""}
    found = {}
    for line in errors.__doc__.splitlines():
        node = re.match(r"    ([│ ├└─]*)([A-Z]\w+)(?: {2,}([a-z_]+)(?: {2,}|$))?", line)
        if node is None:
            continue
        depth = len(node[1]) // 4
        parents[depth + 1] = node[2]
        code = None if depth == 0 else node[3]
        found[node[2]] = (parents[depth], code)
    return found


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    tree = drawn()
    assert set(tree) == set(CLASSES)
    for name, (parent, code) in tree.items():
        (base,) = CLASSES[name].__bases__
        assert base.__name__ == (parent or "Exception")
        if code is not None:
            assert CLASSES[name].code == code
    assert {name for name, (_, code) in tree.items() if code is None} == {
        "WavvyError",
        "MediaError",
    }, "only these two are never raised by themselves"


def test_the_codes_are_a_closed_set() -> None:
    assert {error.code for error in CLASSES.values()} == CODES
    leaves = [c for c in CLASSES.values() if not c.__subclasses__()]
    assert len({leaf.code for leaf in leaves}) == len(leaves)


@pytest.mark.parametrize("error", CLASSES.values())
def test_an_error_survives_the_way_from_a_worker_process(error: type[WavvyError]) -> None:
    back = pickle.loads(pickle.dumps(error("song.mp3: is broken")))
    assert type(back) is error
    assert str(back) == "song.mp3: is broken"
    assert error.__doc__
