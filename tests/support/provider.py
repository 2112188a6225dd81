"""An identity provider in memory: people prove who they are by saying so, and every secret is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from server.providers import ExternalIdentity, Flow
from server.refusals import Refusal

AUTHORIZE = "https://id.example/authorize"


@dataclass
class FakeProvider:
    """Plays both ends: the page where somebody agrees, and the exchange of the code that it gave."""

    name: str = "campus"
    label: str = "Campus account"
    challenges: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, ExternalIdentity]] = field(default_factory=dict)
    out_of_order: bool = False

    async def begin(self, flow: Flow) -> str:
        if self.out_of_order:
            raise Refusal("provider_down", "The provider does not answer. Try again later.", 503)
        self.challenges[flow.state] = flow.derived("verifier")
        return f"{AUTHORIZE}?{urlencode({'state': flow.state, 'redirect_uri': flow.back})}"

    def agree(self, address: str, identity: ExternalIdentity) -> str:
        """Be `identity` at the provider's page; returns the address that it leads back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = self.challenges[asked["state"]], identity
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    async def exchange(self, flow: Flow, answer: Mapping[str, str]) -> ExternalIdentity:
        verifier, identity = self.codes.pop(answer.get("code", ""), ("", None))
        if identity is None or verifier != flow.derived("verifier"):
            raise Refusal("no_proof", "The provider did not confirm this. Try again.", 403)
        return identity
