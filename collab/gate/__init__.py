"""The gate that every update of a source document passes before pycrdt sees it.

First the update is decoded and compared with the ledger of all that exists
(`decode`, `ledger`), then tried on a twin of the document (`twin`); both ask
`schema` what a notebook may hold. Either half alone is blind to attacks that
the other one sees.
"""

from collab.gate.decode import MAX_UPDATE_BYTES
from collab.gate.gate import Gate
from collab.gate.refusal import GateRefusal
from collab.gate.schema import check_json_depth

__all__ = ["MAX_UPDATE_BYTES", "Gate", "GateRefusal", "check_json_depth"]
