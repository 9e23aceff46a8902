"""The same peer over a stream: here against a handler of rawws.trio. Any other framework has the same loop."""

import functools

import trio
import trio.testing

import rawws.trio
from rawws.testing import Expects, ExpectsClose, Opens, ScriptedPeer, Sends
from rawws.testing.frames import close, text


async def shout(ws):
    """What is tested."""
    async for message in ws:
        await ws.send(message.upper())


async def play_over(stream, peer):
    """Carry octets between a peer and the other end of a stream until the script is done."""
    while not peer.finished:
        for piece in peer.data_to_send():
            if piece is None:
                await stream.send_eof()
            else:
                await stream.send_all(piece)
        if not peer.finished:
            peer.receive(await stream.receive_some() or None)


async def main():
    ours, theirs = trio.testing.memory_stream_pair()
    script = [Opens(), Sends(text("hello")), Expects(text("HELLO")), Sends(close(1000)), ExpectsClose(1000)]
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(functools.partial(rawws.trio.serve_stream, shout, theirs))
            await play_over(ours, ScriptedPeer("client", script))
            nursery.cancel_scope.cancel()
    print("the script went through")


trio.run(main)
