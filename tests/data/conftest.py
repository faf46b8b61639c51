"""A server on this machine that behaves as badly as a test asks for."""

import hashlib
import http.server
import threading

import pytest

from fmkeras.data import download
from fmkeras.data.download import RemoteFile


class Server:
    """Answers each path with a function of the request handler."""

    def __init__(self):
        self.routes, self.requests = {}, []
        self.released = threading.Event()  # ends every stall
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests.append(self.path)
                server.routes[self.path](self)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_port}"
        threading.Thread(
            target=self.http.serve_forever, args=(0.01,), daemon=True
        ).start()

    def url(self, path):
        return f"http://{self.host}{path}"

    def close(self):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    def serve(self, path, body):
        self.routes[path] = lambda request: start(request, len(body)).write(body)

    def cut(self, path, body, after):
        """Promise the whole body and hang up in the middle."""
        self.routes[path] = lambda request: start(request, len(body)).write(
            body[:after]
        )

    def stall(self, path, body, after):
        """Fall silent in the middle and keep the line open."""

        def answer(request):
            start(request, len(body)).write(body[:after])
            self.released.wait(30)

        self.routes[path] = answer

    def never_answer(self, path):
        self.routes[path] = lambda request: self.released.wait(30)

    def hang_up(self, path):
        self.routes[path] = lambda request: None

    def refuse(self, path, status):
        self.routes[path] = lambda request: request.send_error(status)


def start(request, length):
    request.send_response(200)
    request.send_header("Content-Length", str(length))
    request.end_headers()
    return request.wfile


@pytest.fixture
def server(monkeypatch):
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    server = Server()
    yield server
    server.close()


@pytest.fixture
def dead_host():
    """An address that refuses every connection: no network, as far as we can see."""
    with http.server.HTTPServer(("127.0.0.1", 0), None) as closed:
        port = closed.server_port
    return f"127.0.0.1:{port}"


@pytest.fixture
def remote_file():
    """Make the `RemoteFile` of some bytes."""

    def make(url, body, path="datasets/letters.txt"):
        return RemoteFile(url, path, hashlib.sha256(body).hexdigest())

    return make
