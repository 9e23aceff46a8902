import trio

import rawws.trio


async def main():
    try:
        async with rawws.trio.connect("ws://127.0.0.1:1/", open_timeout=5):
            print("connected")
    except rawws.trio.OpenTimeout:
        print("too slow")
    except rawws.trio.Rejected as refusal:
        print("refused", refusal.status_code, refusal.body)
    except rawws.trio.ConnectError as error:
        print(error)
        print(repr(error.__cause__))


trio.run(main)
