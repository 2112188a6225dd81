#!/usr/bin/env python3
"""Measure how fast an edit travels from one client of a collaboration server to the others.

N clients join one room over websockets and take turns appending a 12-byte marker and a newline to the
source of a cell. Latency is the time from send() on the writer to arrival on each *other* client. The
tool prints one JSON object and exits 1 if a delivery is missing or the replica lacks an edit.

Once joined, all clients but the first read frames straight off their sockets: a websocket library costs this
one process more time for 50 clients than a server needs to send to them, and that would be measured.

Protocols
  commonbook  one websocket per notebook, frames [channel u8][payload]; channels 0 to 2 are the source, runtime
              and comments documents (y-protocols sync), all three joined; channel 5 is JSON control. --url is the full websocket address.
              Also reports the time from send() to the server's acknowledgement.
  jupyter     jupyter-collaboration: PUT /api/collaboration/session/<room>, then the room's websocket.
              --url is the http address of the server, --room the path of an existing notebook.
  yws         y-websocket, pycrdt-websocket or any server that speaks y-protocols at <url>/<room>.
  hocuspocus  hocuspocus: every message prefixed with the document name, an auth message first.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time

try:
    import aiohttp
    from pycrdt import Array, Doc, Map, Text, create_sync_message, create_update_message, handle_sync_message
except ImportError as missing:
    aiohttp = None
    MISSING = missing.name
try:
    import psutil
except ImportError:
    psutil = None

MARK = re.compile(rb"<m(\d{9})>")
SYNC, STEP2, UPDATE = 0, 1, 2  # y-protocols: message type; sync subtypes
PING, PONG = 9, 10  # websocket opcodes
CH_SOURCE, CH_CONTROL = 0, 5  # commonbook channels
CH_OTHERS = 1, 2  # its documents that clients only read: joined here as pages do


def var_string(text):
    """Length-prefixed UTF-8, as lib0 writes it (the length counts bytes)."""
    body = text.encode()
    n, head = len(body), bytearray()
    while n > 127:
        head.append(128 | n & 127)
        n >>= 7
    head.append(n)
    return bytes(head) + body


class Schema:
    """Where a cell's text lies: `map` is Commonbook's source document, `array` the Jupyter one."""

    def __init__(self, doc, kind):
        self.kind = kind
        doc.get("meta", type=Map)
        self.cells = doc.get("cells", type=Map if kind == "map" else Array)

    def sources(self):
        cells = self.cells
        return [
            cells[k]["source"] for k in (sorted(cells.keys()) if self.kind == "map" else range(len(cells)))
        ]

    def seed(self, doc, count, output_mb):
        """The update of `count` new cells. Written by the client's own document, because a server may
        bind client ids to connections."""
        before = doc.get_state()
        line, per_cell = "x" * 79 + "\n", int(output_mb * 1e6 / max(1, count))
        with doc.transaction():
            for i in range(count):
                text = f"# cell {i}\nimport os\nprint({i})\n"
                if self.kind == "map":
                    self.cells[f"seed{i:08d}"] = Map(
                        {"type": "code", "pos": f"a{i:06d}", "source": Text(text), "meta": Map({})}
                    )
                    continue
                outputs = (
                    [Map({"output_type": "stream", "name": "stdout", "text": Text(line * (per_cell // 80))})]
                    if per_cell
                    else []
                )
                self.cells.append(
                    Map(
                        {
                            "id": f"c{i}",
                            "cell_type": "code",
                            "metadata": Map({}),
                            "execution_count": None,
                            "source": Text(text),
                            "outputs": Array(outputs),
                        }
                    )
                )
        return doc.get_update(before)


class Client:
    def __init__(self, index, args, http):
        self.index, self.args, self.http = index, args, http
        self.commonbook = args.protocol == "commonbook"
        self.prefix = (
            var_string(args.room)
            if args.protocol == "hocuspocus"
            else bytes([CH_SOURCE])
            if self.commonbook
            else b""
        )
        self.synced = asyncio.Event()
        self.others = {bytes([channel]): Doc() for channel in CH_OTHERS} if self.commonbook else {}
        self.awaited = {self.prefix, *self.others}
        self.stats, self.replica, self.bytes_in, self.join_s, self.failed = None, True, 0, None, None
        if not self.commonbook:
            self.open_doc(None)

    def open_doc(self, client_id):
        self.doc = Doc() if client_id is None else Doc(client_id=int(client_id))
        self.schema = Schema(self.doc, self.args.schema)

    async def connect(self, url):
        start = time.perf_counter()
        self.ws = await self.http.ws_connect(url, max_msg_size=0, heartbeat=None, compress=0)
        if self.args.protocol == "hocuspocus":
            await self.ws.send_bytes(self.prefix + b"\x02\x00" + var_string(self.args.token or "token"))
        if self.commonbook:
            hello = json.dumps({"type": "hello", "epoch": None, "client_ids": []}).encode()
            await self.ws.send_bytes(bytes([CH_CONTROL]) + hello)
        else:
            await self.send(create_sync_message(self.doc))
        self.task = asyncio.create_task(self.loop())
        waiter = asyncio.create_task(self.synced.wait())
        await asyncio.wait(
            {self.task, waiter}, timeout=self.args.timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if not self.synced.is_set():
            waiter.cancel()
            why = (
                self.failed
                or (self.task.exception() if self.task.done() else None)
                or "no sync step 2 arrived"
            )
            raise SystemExit(f"client {self.index} did not join: {why}")
        self.join_s = time.perf_counter() - start

    async def send(self, message):
        await self.ws.send_bytes(self.prefix + message)

    async def control(self, message, now):
        if "client_id" in message:  # hello or reset: the server names this client
            if self.synced.is_set():
                self.failed = f"reset by the server: {message.get('reason')}"
                return
            self.open_doc(message["client_id"])
            await self.send(create_sync_message(self.doc))
            for prefix, doc in self.others.items():
                await self.ws.send_bytes(prefix + create_sync_message(doc))
        elif message.get("type") == "ack" and self.stats is not None:
            self.stats.acked(self.index, now)
        elif message.get("type") == "error":
            self.failed = message

    async def loop(self):
        async for frame in self.ws:
            if frame.type != aiohttp.WSMsgType.BINARY:
                continue
            data, now = frame.data, time.perf_counter()
            self.bytes_in += len(data)
            if self.commonbook and data[0] == CH_CONTROL:
                await self.control(json.loads(data[1:]), now)
                continue
            if data[:1] in self.others:  # Commonbook's runtime and comments: joined too, never edited here
                handle_sync_message(data[2:], self.others[data[:1]])
                if data[1:3] == bytes([SYNC, STEP2]):
                    self.joined(data[:1])
                continue
            if self.prefix:
                if not data.startswith(self.prefix):
                    continue
                data = data[len(self.prefix) :]
                if self.args.protocol == "hocuspocus" and data[0] == 4:  # its SyncReply
                    data = b"\x00" + data[1:]
            if data[0] != SYNC:
                continue
            if data[1] == UPDATE and self.stats is not None:
                for mark in MARK.findall(data):
                    self.stats.arrived(int(mark), self.index, now)
                if not self.replica:  # only the replica applies, so that this tool stays cheap
                    continue
            reply = handle_sync_message(data[1:], self.doc)
            if reply is not None:
                await self.send(reply)
            if data[1] == STEP2:
                self.joined(self.prefix)

    def watch(self):
        """From now on, only note what arrives and when."""
        self.task.cancel()
        Watcher(self, self.ws._conn.transport)

    def joined(self, document):
        self.awaited.discard(document)
        if not self.awaited:
            self.synced.set()

    async def edit(self, number):
        before = self.doc.get_state()
        text = self.texts[number % len(self.texts)]
        text += f"<m{number:09d}>\n"
        update = self.doc.get_update(before)
        self.stats.sent(number, self.index)
        await self.send(create_update_message(update))


class Watcher(asyncio.Protocol):
    """Reads a server's websocket frames (RFC 6455, section 5.2): unmasked, and one a message at these sizes."""

    def __init__(self, client, transport):
        self.client, self.transport, self.rest = client, transport, b""
        self.connection_lost = transport.get_protocol().connection_lost
        transport.set_protocol(self)

    def data_received(self, data):
        now, client = time.perf_counter(), self.client
        client.bytes_in += len(data)
        data, at = self.rest + data, 0
        while (frame := whole_frame(data, at)) is not None:
            opcode, begin, at = frame
            if opcode == PING:
                self.transport.write(bytes([0x80 | PONG, 0x80 | at - begin, 0, 0, 0, 0]) + data[begin:at])
                continue
            for mark in MARK.findall(data, begin, at):
                client.stats.arrived(int(mark), client.index, now)
            if client.commonbook and data[begin] == CH_CONTROL and b'"ack"' in data[begin:at]:
                client.stats.acked(client.index, now)
        self.rest = data[at:]


def whole_frame(data, at):
    """Return the opcode of the frame at `at`, and where its payload begins and ends; None if it is not all there."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1], at + 2
    if size >= 126:
        begin += 2 if size == 126 else 8
        size = int.from_bytes(data[at + 2 : begin], "big")
    return (data[at] & 15, begin, begin + size) if len(data) >= begin + size else None


class Stats:
    def __init__(self):
        self.sends, self.latency, self.ack, self.echoed, self.unacked = {}, [], [], 0, {}

    def sent(self, number, writer):
        now = time.perf_counter()
        self.sends[number] = (now, writer)
        self.unacked.setdefault(writer, []).append(now)

    def arrived(self, number, reader, now):
        sent = self.sends.get(number)
        if sent is None:
            return
        if sent[1] == reader:
            self.echoed += 1
        else:
            self.latency.append(now - sent[0])

    def acked(self, writer, now):
        """An acknowledgement covers every edit this writer has sent so far."""
        for sent in self.unacked.pop(writer, []):
            self.ack.append(now - sent)


def quantile_ms(values, q):
    values = sorted(values)
    return round(1000 * values[min(len(values) - 1, int(q * len(values)))], 2) if values else None


def cpu_seconds(process):
    total = 0.0
    for p in [process, *process.children(recursive=True)]:
        try:
            times = p.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            pass
    return total


def rss_mb(process):
    return round(process.memory_info().rss / 1e6, 1) if process else None


async def room_url(args, http):
    if args.protocol == "jupyter":
        body = {"format": "json", "type": "notebook"}
        async with http.put(f"{args.url}/api/collaboration/session/{args.room}", json=body) as response:
            response.raise_for_status()
            s = await response.json()
        return f"{args.url}/api/collaboration/room/{s['format']}:{s['type']}:{s['fileId']}?sessionId={s['sessionId']}"
    return f"{args.url}/{args.room}" if args.protocol == "yws" else args.url


async def measure(args):
    headers = dict(h.split(":", 1) for h in args.header)
    headers = {k.strip(): v.strip() for k, v in headers.items()}
    if args.token and args.protocol != "hocuspocus":
        headers.setdefault(
            "Authorization", f"{'token' if args.protocol == 'jupyter' else 'Bearer'} {args.token}"
        )
    async with aiohttp.ClientSession(headers=headers) as http:
        url = await room_url(args, http)
        server = psutil.Process(args.pid) if args.pid else None
        rss_before = rss_mb(server)
        clients = [Client(i, args, http) for i in range(args.clients)]
        first = clients[0]
        await first.connect(url)
        if not first.schema.sources() and args.seed_cells:
            await first.send(
                create_update_message(first.schema.seed(first.doc, args.seed_cells, args.seed_output_mb))
            )
            await asyncio.sleep(2)
        if not first.schema.sources():
            raise SystemExit("the room has no cells: pass --seed-cells, or open a notebook that has some")
        for client in clients[1:]:
            await client.connect(url)
        joins = sorted(c.join_s for c in clients[1:]) or [first.join_s]
        join_bytes = clients[-1].bytes_in
        stats = Stats()
        for client in clients:
            client.texts, client.stats = client.schema.sources(), stats
            client.replica = args.apply_all or client is first
            if not client.replica:
                client.watch()
        await asyncio.sleep(1.5)

        rss_joined, cpu0, own0 = rss_mb(server), cpu_seconds(server) if server else 0, time.process_time()
        bytes0, start, total = (
            sum(c.bytes_in for c in clients),
            time.perf_counter(),
            int(args.rate * args.seconds),
        )
        for number in range(total):
            wait = start + number / args.rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            await clients[number % len(clients)].edit(number)
        expected, deadline = total * (len(clients) - 1), time.perf_counter() + 10
        while len(stats.latency) < expected and time.perf_counter() < deadline:
            await asyncio.sleep(0.02)
        while args.protocol == "commonbook" and len(stats.ack) < total and time.perf_counter() < deadline:
            await asyncio.sleep(0.02)
        wall, cpu1, own1 = (
            time.perf_counter() - start,
            cpu_seconds(server) if server else 0,
            time.process_time(),
        )

        text = "".join(str(t) for t in first.schema.sources()).encode()
        complete = len(set(MARK.findall(text))) == total
        received = sum(c.bytes_in for c in clients) - bytes0
        failures = [f"client {c.index}: {c.failed}" for c in clients if c.failed]
        result = {
            "label": args.label or args.protocol,
            "protocol": args.protocol,
            "clients": len(clients),
            "cells": len(first.texts),
            "edits": total,
            "edits_per_s": round(total / wall, 1),
            "deliveries": len(stats.latency),
            "expected": expected,
            "p50_ms": quantile_ms(stats.latency, 0.5),
            "p95_ms": quantile_ms(stats.latency, 0.95),
            "p99_ms": quantile_ms(stats.latency, 0.99),
            "max_ms": quantile_ms(stats.latency, 1),
            "ack_p50_ms": quantile_ms(stats.ack, 0.5),
            "ack_p99_ms": quantile_ms(stats.ack, 0.99),
            "acked": len(stats.ack),
            "echoed_to_writer": stats.echoed,
            "replica_has_all": complete,
            "failures": failures,
            "server_cpu_us_per_edit": round(1e6 * (cpu1 - cpu0) / total) if server else None,
            "server_cpu_pct": round(100 * (cpu1 - cpu0) / wall, 1) if server else None,
            "rss_before_mb": rss_before,
            "rss_joined_mb": rss_joined,
            "rss_end_mb": rss_mb(server),
            "join_first_ms": round(first.join_s * 1e3, 1),
            "join_p50_ms": round(joins[len(joins) // 2] * 1e3, 1),
            "join_max_ms": round(joins[-1] * 1e3, 1),
            "join_bytes": join_bytes,
            "bytes_in_per_delivery": round(received / max(1, expected + stats.echoed)),
            "client_cpu_pct": round(100 * (own1 - own0) / wall, 1),
            "loadavg_1m": round(os.getloadavg()[0], 2),
        }
        print(json.dumps(result))
        first.task.cancel()
        return 0 if complete and len(stats.latency) == expected and not failures else 1


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--protocol", choices=["commonbook", "jupyter", "yws", "hocuspocus"], required=True)
    p.add_argument("--url", required=True, help="server or websocket address, see above")
    p.add_argument("--room", default="bench", help="room name or notebook path (default: %(default)s)")
    p.add_argument(
        "--token",
        default="",
        help="sent as Authorization (jupyter: token, others: Bearer; hocuspocus: auth message)",
    )
    p.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'Name: value'",
        help="extra request header, e.g. a session cookie; repeatable",
    )
    p.add_argument("--clients", type=int, default=2, help="websockets in the room (default: %(default)s)")
    p.add_argument(
        "--rate", type=float, default=20, help="edits per second, all writers together (default: %(default)s)"
    )
    p.add_argument("--seconds", type=float, default=15, help="duration of the writing (default: %(default)s)")
    p.add_argument(
        "--pid", type=int, help="process id of the server, to report its CPU and memory (needs psutil)"
    )
    p.add_argument(
        "--schema",
        choices=["map", "array"],
        help="layout of the cells (default: map for commonbook, array for the others)",
    )
    p.add_argument("--seed-cells", type=int, default=0, help="write this many cells if the room is empty")
    p.add_argument(
        "--seed-output-mb",
        type=float,
        default=0,
        help="stream output put into the seeded cells, array schema only",
    )
    p.add_argument(
        "--apply-all", action="store_true", help="every client applies every update, not only the replica"
    )
    p.add_argument(
        "--timeout", type=float, default=120, help="seconds a client may take to join (default: %(default)s)"
    )
    p.add_argument("--label", default="", help="name written into the result")
    args = p.parse_args()
    args.schema = args.schema or ("map" if args.protocol == "commonbook" else "array")
    if args.clients < 1 or args.rate <= 0 or args.seconds <= 0:
        p.error("--clients, --rate and --seconds must be positive")
    if aiohttp is None:
        p.error(f"the Python package {MISSING} is missing; this tool needs aiohttp and pycrdt")
    if args.pid and psutil is None:
        p.error("--pid needs the Python package psutil")
    return args


if __name__ == "__main__":
    options = parse()
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    sys.exit(asyncio.run(measure(options)))
