import asyncio
import contextlib
import datetime
import ssl

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CERTIFIED_NAME = "hook.example.com"


@pytest.fixture
def site():
    """`async with site(handler) as port:` an aiohttp server that answers everything alike."""

    @contextlib.asynccontextmanager
    async def serve(handler, *, ssl_context=None):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    return serve


@pytest.fixture
def wild():
    """`async with wild(talk) as port:` a server below HTTP, for what no real server would say."""

    @contextlib.asynccontextmanager
    async def serve(talk):
        talks = set()

        async def connected(reader, writer):
            talks.add(asyncio.current_task())
            try:
                with contextlib.suppress(
                    ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
                ):
                    await talk(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in talks:
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
            await asyncio.sleep(0)  # transports close in the next round

    return serve


@pytest.fixture
def wire(monkeypatch):
    """The addresses the kernel was asked to connect to; every one of them is led to `port`."""

    def tap(port):
        loop, connected = asyncio.get_running_loop(), []
        connect = loop.sock_connect

        async def led_astray(sock, address):
            connected.append(address[:2])
            await connect(sock, ("127.0.0.1", port))

        monkeypatch.setattr(loop, "sock_connect", led_astray)
        return connected

    return tap


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    """(server context, client context): the client trusts one certificate, for CERTIFIED_NAME."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + _certificate(key).public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def _certificate(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, CERTIFIED_NAME)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(CERTIFIED_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
