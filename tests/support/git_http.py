"""A real smart-HTTP server for Git on loopback, with tokens: git's own backend behind a small server."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BACKEND = "/usr/lib/git-core/git-http-backend"

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Rosa",
    "GIT_AUTHOR_EMAIL": "rosa@example.org",
    "GIT_COMMITTER_NAME": "Rosa",
    "GIT_COMMITTER_EMAIL": "rosa@example.org",
    "HOME": "/nonexistent",
}


def missing() -> str:
    """Return why there can be no such server here, or nothing."""
    if shutil.which("git") is None or not os.path.exists(BACKEND):
        return "git with its HTTP backend is not installed; `sh deploy/test-services.sh` installs it"
    return ""


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git as somebody elsewhere would, and return what it says."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@dataclass
class GitServer:
    """Bare repositories below `folder`. With `tokens` set, who comes without one of them is sent away."""

    folder: Path
    port: int = 0
    tokens: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    holds: str | None = None
    """The service (`git-upload-pack`, `git-receive-pack`) whose answers wait until `release` is set."""
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}.git"

    def bare(self, name: str) -> Path:
        return self.folder / f"{name}.git"

    def new(self, name: str, files: Mapping[str, bytes | str] | None = None) -> Path:
        """Make a repository, with one commit of `files` on main."""
        bare = self.bare(name)
        git(self.folder, "init", "-q", "--bare", "-b", "main", str(bare))
        git(bare, "config", "http.receivepack", "true")
        if files is not None:
            self.commit(name, files, "Begin")
        return bare

    def commit(
        self,
        name: str,
        files: Mapping[str, bytes | str | None],
        message: str = "Change",
        branch: str = "main",
    ) -> str:
        """Commit `files` on a branch, as somebody elsewhere would; None removes one. Returns the commit."""
        bare, index = self.bare(name), self.folder / f"{name}.index"
        environment = ENVIRONMENT | {"GIT_INDEX_FILE": str(index)}
        index.unlink(missing_ok=True)

        def run(*arguments: str, stdin: bytes = b"") -> str:
            done = subprocess.run(
                ["git", *arguments], cwd=bare, env=environment, input=stdin, capture_output=True, timeout=60
            )
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout.decode().strip()

        listed = git(bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()
        if listed:
            run("read-tree", listed)
        for path, content in files.items():
            if content is None:
                run("update-index", "--index-info", stdin=f"0 {'0' * 40}\t{path}\n".encode())
                continue
            raw = content.encode() if isinstance(content, str) else content
            sha = run("hash-object", "-w", "--stdin", stdin=raw)
            run("update-index", "--add", "--cacheinfo", f"100644,{sha},{path}")
        tree = run("write-tree")
        parents = ["-p", listed] if listed else []
        made = run("commit-tree", tree, *parents, "-m", message)
        run("update-ref", f"refs/heads/{branch}", made)
        return made

    @contextmanager
    def holding(self, service: str) -> Iterator[None]:
        """Let requests to a service wait for as long as this is open."""
        self.held.clear()
        self.release.clear()
        self.holds = service
        try:
            yield
        finally:
            self.holds = None
            self.release.set()

    def show(self, name: str, path: str, branch: str = "main") -> str:
        """Return what a file holds on a branch."""
        return git(self.bare(name), "show", f"{branch}:{path}")


@contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """Serve repositories below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    running = GitServer(folder)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(running))
    running.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        http.shutdown()
        http.server_close()


def _handler(server: GitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: Any) -> None:
            return

        def _serve(self) -> None:
            body = self._body()
            user = self._user()
            if user is None:
                self._plain(401, b"", {"WWW-Authenticate": 'Basic realm="git"'})
                return
            path, _, query = self.path.partition("?")
            if server.holds is not None and self.command == "POST" and path.endswith(server.holds):
                server.held.set()
                server.release.wait(60)
            environment = ENVIRONMENT | {
                "GIT_PROJECT_ROOT": str(server.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_USER": user,
                "REMOTE_ADDR": "127.0.0.1",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            done = subprocess.run([BACKEND], env=environment, input=body, capture_output=True, timeout=120)
            head, _, answer = done.stdout.partition(b"\r\n\r\n")
            status, headers = 200, {}
            for line in head.decode("latin-1").splitlines():
                name, _, value = line.partition(": ")
                if name == "Status":
                    status = int(value.split()[0])
                elif name:
                    headers[name] = value
            self._plain(status, answer, headers)

        def _plain(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            with suppress(BrokenPipeError, ConnectionResetError):  # it was stopped meanwhile
                self.end_headers()
                self.wfile.write(body)
            self.close_connection = True

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _user(self) -> str | None:
            server.seen.append(self.path)
            if not server.tokens:
                return "anybody"
            kind, _, words = self.headers.get("Authorization", "").partition(" ")
            if kind != "Basic":
                return None
            user, _, token = base64.b64decode(words).decode().partition(":")
            return user if token in server.tokens else None

    return Handler
