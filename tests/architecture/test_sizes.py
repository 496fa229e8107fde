"""What grows past its size wants to be two things."""

import pytest

from tests.architecture import tree

LONGEST_MODULE = 400
LONGEST_TEMPLATE = 150


@pytest.mark.parametrize(
    ("paths", "longest"),
    [(tree.modules, LONGEST_MODULE), (tree.templates, LONGEST_TEMPLATE)],
    ids=["modules", "templates"],
)
def test_no_file_is_too_long(paths, longest):
    lengths = {tree.relative(path): len(path.read_text().splitlines()) for path in paths()}

    assert {name: lines for name, lines in lengths.items() if lines > longest} == {}


def test_every_app_knows_which_doors_are_its_own():
    """The contract that protects doors names them one by one."""
    contracts = (tree.ROOT / ".importlinter").read_text()
    doors = {
        f"{app}.{door}"
        for app in tree.APPS
        for door in ("api", "portal")
        if (tree.ROOT / app / door / "__init__.py").exists()
    }

    assert {door for door in doors if f"\n    {door}\n" not in contracts} == set()


def test_nothing_is_skipped_without_a_reason():
    unexplained = [
        f"{tree.relative(path)}:{call.lineno}"
        for path in tree.files(".py")
        if tree.relative(path).startswith("tests/")
        for name, call in tree.calls(path)
        if name in ("skip", "skipif", "xfail", "importorskip")
        if not any(keyword.arg == "reason" for keyword in call.keywords)
        and not (name == "skip" and call.args)
    ]

    assert unexplained == []
