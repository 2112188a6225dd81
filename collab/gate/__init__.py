"""The gate that every update of a document that people write passes before pycrdt sees it.

First the update is decoded and compared with the ledger of all that exists
(`decode`, `ledger`), then tried on a twin of the document (`twin`); both ask
`schema` what a notebook or a text file may hold. Either half alone is blind to attacks that
the other one sees.
"""

from collab.gate.decode import MAX_UPDATE_BYTES
from collab.gate.gate import Gate
from collab.gate.refusal import GateRefusal
from collab.gate.schema import MAX_FILE_BYTES, TEXT_FILE, check_json_depth

__all__ = ["MAX_FILE_BYTES", "MAX_UPDATE_BYTES", "TEXT_FILE", "Gate", "GateRefusal", "check_json_depth"]
