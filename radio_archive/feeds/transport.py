"""Network connections to public addresses only, with a deadline.

The address is checked at each connection, also after redirects, and the connection goes to the checked address itself:
a host name that changes its address in between (DNS rebinding) gains nothing.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

from radio_archive.errors import FeedError
from radio_archive.models import clean_text

_GLOBAL_6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("64:ff9b::/96"))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public Internet, not of this machine or the local network, even by a tunnel."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    for tunnel in _TUNNELS:
        if address in tunnel:
            bits = int(address) >> (80 if tunnel.prefixlen == 16 else 0)
            return is_public(IPv4Address(bits & 0xFFFFFFFF))
    return address in _GLOBAL_6 and address.is_global


class PublicBackend(httpcore.NetworkBackend):
    """A network backend that connects only to checked addresses and stops at `deadline` (monotonic seconds)."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._real = httpcore.SyncBackend()
        self.deadline = float("inf")

    def left(self, timeout: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it took too long")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._real.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self)
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        public = [address for address in addresses if self._allow_private or is_public(ip_address(address))]
        if addresses and not public:
            problem = f"{clean_text(host)[:100]} is an address of this machine or of the local network ({addresses[0]})"
            raise FeedError(problem, "Feeds may not lead there unless you allow it.")
        return public

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise httpcore.UnsupportedProtocol("only the network")


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which every operation ends at the deadline, however slow the data."""

    def __init__(self, stream: httpcore.NetworkStream, wire: PublicBackend) -> None:
        self._stream, self._wire = stream, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._wire.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wire.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, self._wire.left(timeout)), self._wire
        )

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """An httpx transport on our backend. Each request has its own connection, as there is a pause between requests."""

    def __init__(self, wire: PublicBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), max_keepalive_connections=0, network_backend=wire
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
