"""rawws: WebSocket from raw sockets, for people who read the RFC.

Importing `rawws` imports neither trio nor a socket. The rooms:

- `rawws.spec`: facts of the RFCs as tables.
- `rawws.core`: the sans-IO core, in wsproto's shape.
- `rawws.trio`: a client and a server on trio (`pip install rawws[trio]`).
- `rawws.cli`: the `rawws` command (`pip install rawws[cli]`).
"""

__version__ = "0.1.0"
