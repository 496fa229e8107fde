"""PDF documents: nothing in them may act. They are read by a child with little memory and time.

Names may be written in hexadecimal and hidden in compressed streams, so looking for words in the
bytes is only the first, quick look.
"""

import subprocess
import sys
from pathlib import Path

FINE, DANGEROUS, UNREADABLE = 0, 10, 11

_ROOT = Path(__file__).resolve().parents[3]
_WAIT_SECONDS = 20
_ACTING = (b"/javascript", b"/launch", b"/embeddedfile", b"/richmedia", b"/encrypt")
# What no document needs: pages of the web, and the word that every virus scanner is tried with.
_FOREIGN = (b"<script", b"<html", b"$eicar-standard-antivirus-test-file!$")


def is_whole(content: bytes) -> bool:
    """From its first byte to its last line: whatever stands around a document is no document."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def is_suspicious(content: bytes) -> bool:
    """The quick look: words that stand there for everybody to read."""
    lower = content.lower()
    return any(word in lower for word in (*_ACTING, *_FOREIGN))


def judge(content: bytes) -> int:
    """FINE, DANGEROUS or UNREADABLE, found by a child that may die of what it reads."""
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "smsplatform.core.files.pdf_reader"],
            input=content,
            cwd=_ROOT,
            timeout=_WAIT_SECONDS,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return DANGEROUS
    return answer.returncode if answer.returncode in (FINE, DANGEROUS) else UNREADABLE
