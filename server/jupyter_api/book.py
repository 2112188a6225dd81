"""The sessions that programs have made: which path of theirs stands for which notebook. In memory only."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field

from collab.ids import NotebookId, ProjectId

MOST = 5000


@dataclass(slots=True)
class Noted:
    """One session. The path is the program's own, and need not be one of the project."""

    id: str
    project: ProjectId
    notebook: NotebookId
    path: str
    name: str
    type: str


@dataclass(slots=True)
class Book:
    """All of them. When there are too many, the oldest is forgotten; its kernel still shows."""

    entries: OrderedDict[str, Noted] = field(default_factory=OrderedDict)

    def note(self, project: ProjectId, notebook: NotebookId, path: str, name: str, kind: str) -> Noted:
        """Note a session and return it."""
        noted = Noted(str(uuid.uuid4()), project, notebook, path, name, kind)
        self.entries[noted.id] = noted
        while len(self.entries) > MOST:
            self.entries.popitem(last=False)
        return noted

    def of(self, project: ProjectId) -> list[Noted]:
        """Return those of a project."""
        return [noted for noted in self.entries.values() if noted.project == project]

    def forget(self, session_id: str) -> None:
        """Forget a session."""
        self.entries.pop(session_id, None)
