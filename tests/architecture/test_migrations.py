"""Migrations are complete, numbered without a gap, and named by intent."""

import re

import pytest
from django.core.management import call_command

from tests.architecture import tree

FOLDERS = sorted({path.parent for path in tree.files(".py") if path.parent.name == "migrations"})


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_migrations_are_numbered_and_named(folder):
    names = sorted(path.stem for path in folder.glob("[0-9]*.py"))

    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert [name for name in names if re.search(r"_auto_|_alter_.*_and_more", name)] == []
