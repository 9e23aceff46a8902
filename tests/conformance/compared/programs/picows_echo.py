"""The listener of both programs with `picows`: it sends every frame of a message back as it came."""

from __future__ import annotations

from picows import WSFrame, WSListener, WSMsgType, WSTransport

#: Octets of the largest frame to accept.
LARGEST = 1 << 25

_DATA = (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION)


class Echo(WSListener):
    """Pings are answered by picows; data frames and the Close are its user's business."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame has come."""
        if frame.msg_type in _DATA:
            transport.send(frame.msg_type, frame.get_payload_as_bytes(), frame.fin)
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
