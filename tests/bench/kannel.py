"""The peer: Debian's `kannel`, bearerbox and smsbox with a file store.

Twice: as it comes (a debugging log, ten submissions in flight), and tuned as ours is. It shares
the simulator, the sink and the generator with us. Everything of it is in the measurement's
directory; where we are root it runs as a plain user.
"""

import shutil
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from smsplatform.platform import places
from tests.bench.far_end import ACCOUNT, READY_SECONDS, WINDOW, FarEnd
from tests.bench.processes import free_ports

INSTALL = "apt-get install kannel"
_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/bin"
# What it takes for itself where its configuration is silent, and what its operators set.
AS_IT_COMES = {"log_level": 0, "window": 10}
TUNED = {"log_level": 2, "window": WINDOW}

_CONF = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {word}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
store-type = file
store-location = {home}/kannel.store
dlr-storage = internal
log-level = {log_level}
log-file = {home}/bearerbox.log

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smpp}
transceiver-mode = 1
smsc-username = {account}
smsc-password = {account}
system-type = ""
max-pending-submits = {window}
log-level = {log_level}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
max-pending-requests = 512
log-level = {log_level}
log-file = {home}/smsbox.log

group = sendsms-user
username = {account}
password = {account}
"""


def missing() -> str:
    """Why it cannot be measured here; empty where it can."""
    absent = [name for name in ("bearerbox", "smsbox") if not shutil.which(name, path=_PATH)]
    return f"no {' and no '.join(absent)} here; {INSTALL} adds the peer" if absent else ""


class Kannel(FarEnd):
    kind = "kannel"
    key = ACCOUNT

    def __init__(self, settings: dict[str, int]) -> None:
        super().__init__()
        self._settings = settings
        self.port, self._admin, self._boxes = free_ports(3)

    def set_up(self) -> None:
        run_as = places.choose_user(self.directory / "kannel")
        home = places.make_private(places.choose_home(self.directory) / "kannel", run_as)
        config = home / "kannel.conf"
        config.write_text(self._configuration(home))
        run_as.own(config)
        for name, port in (("bearerbox", self._boxes), ("smsbox", self.port)):
            program = shutil.which(name, path=_PATH)
            assert program is not None
            level = str(self._settings["log_level"])
            self.processes.start(name, program, "-v", level, str(config), run_as=run_as)
            self.wait_for(port)
        self._wait_for_bind()

    def _configuration(self, home: Path) -> str:
        return _CONF.format(
            admin=self._admin, boxes=self._boxes, sendsms=self.port, smpp=self.smpp, home=home,
            word=ACCOUNT, account=ACCOUNT, **self._settings,
        )  # fmt: skip

    def _wait_for_bind(self) -> None:
        url = f"http://127.0.0.1:{self._admin}/status.txt?password={ACCOUNT}"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(url) as answer:
                if b"(online" in answer.read():
                    return
            time.sleep(0.1)
        raise RuntimeError(f"Kannel did not bind; see {self.directory}")
