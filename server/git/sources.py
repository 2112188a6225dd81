"""Where a project shall come from: an address that may be one, and what will let the server in there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from collab.ids import ProjectId
from kernel_manager.git.addresses import Address, BadName, check_branch
from server.config import Config
from server.connections.fields import Value
from server.connections.service import Opened
from server.git.ways import USUAL_USER, address_of, way_with
from server.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Source:
    """An address, the branch that is wanted, and the fields of a connection to make, if one is needed."""

    address: Address
    branch: str | None
    fields: Mapping[str, Value] | None = None

    def with_key(self, project: ProjectId) -> Source:
        """Return the same with a new key pair, where it is reached by ssh and has none yet."""
        if self.address.scheme != "ssh" or self.fields is not None:
            return self
        private, public = new_key(f"commonbook-{project}")
        return replace(
            self,
            fields={
                "host": self.address.host,
                "auth": "ssh",
                "user": self.address.user or USUAL_USER,
                "private_key": private,
                "public_key": public,
            },
        )


def source_of(
    config: Config, url: str, branch: str | None, copied: Opened | None, user: str | None, token: str | None
) -> Source:
    """Return where a project shall come from; raises a `Refusal` for what can be known to be wrong."""
    address = address_of(config, url)
    if branch is not None:
        branch = branch_of(branch)
    if copied is not None:
        way_with(address, copied, "")
        return Source(address, branch, dict(copied.fields))
    if token:
        return Source(address, branch, token_fields(address, user, token))
    return Source(address, branch)


def token_fields(address: Address, user: str | None, token: str) -> dict[str, Value]:
    """Return the fields of a connection with a token; raises a `Refusal`."""
    if address.scheme == "ssh":
        reason = "A token opens addresses that begin with https://. For ssh, a key is made here."
        raise Refusal("bad_token", reason)
    token = token.strip()
    if not token or not token.isprintable() or " " in token:
        raise Refusal("bad_token", "This is no token: it holds spaces or line breaks. Copy it again.")
    return {"host": address.host, "auth": "token", "user": user or USUAL_USER, "token": token}


def branch_of(name: str) -> str:
    """Return the name of a branch; raises a `Refusal`."""
    try:
        return check_branch(name)
    except BadName as bad:
        raise Refusal("bad_branch", str(bad)) from None


def new_key(comment: str) -> tuple[str, str]:
    """Return a new key pair for ssh: the private key, and the line for the other side."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return private, f"{public} {comment}"
