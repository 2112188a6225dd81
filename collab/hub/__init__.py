"""Open notebooks and text files: who is connected, what is sent to whom, and when it is safe on disk."""

from collab.hub.connection import CLOSE_GONE, CLOSE_RIGHTS, CLOSE_SESSION, CLOSE_VIOLATION, Connection
from collab.hub.notebook import Room
from collab.hub.outbox import Socket
from collab.hub.room import LiveRoom
from collab.hub.text import TextRoom
from collab.hub.writer import RoomClosed

__all__ = [
    "CLOSE_GONE",
    "CLOSE_RIGHTS",
    "CLOSE_SESSION",
    "CLOSE_VIOLATION",
    "Connection",
    "LiveRoom",
    "Room",
    "RoomClosed",
    "Socket",
    "TextRoom",
]
