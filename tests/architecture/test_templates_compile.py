"""Every template can be read, and links by name."""

import re

import pytest
from django.template import engines

from tests.architecture import tree

TEMPLATES = list(tree.templates())
each = pytest.mark.parametrize("path", TEMPLATES, ids=tree.relative)


@each
def test_a_template_compiles(path):
    engines["django"].from_string(path.read_text())


@each
def test_a_template_links_by_name_and_holds_no_script_or_style(path):
    text = path.read_text()

    assert re.findall(r'(?:href|action|hx-get|hx-post)="/[^"]*"', text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=\"|\sstyle=\"", text) == []
