"""The far end of Stripe on loopback. Key, secret and addresses come from the environment."""

import os

from aiohttp import web

from billing.simulator.server import FarEnd


def main() -> None:
    port = int(os.environ.get("STRIPE_FAR_END_PORT", "8091"))
    far_end = FarEnd(
        address=f"http://127.0.0.1:{port}",
        key=os.environ["FAR_END_KEY"],
        hook=os.environ["FAR_END_HOOK"],
        secret=os.environ["FAR_END_SECRET"],
    )
    web.run_app(far_end.application(), host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main()
