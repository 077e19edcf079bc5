#!/usr/bin/python3
"""Appliance stub: one process that plays every Astara appliance at once.

Every address 127.a.b.c:PORT (a >= 1) is one appliance; its index is
    i = ((a - 1) << 16) | (b << 8) | c
(so appliance 0 is 127.1.0.0, 300 is 127.1.1.44).  The listening socket is bound to the loopback device only.

Answers (HTTP/1.1, JSON):
  GET  /v1/firewall/rules      200 {"rules": ""}              after --delay-ms  (the alive check)
  GET  /v1/system/interfaces   200 {"interfaces": [...]}      after --other-delay-ms
  PUT  /v1/system/config       200 {"configuration": {}}      after --config-delay-ms
  POST /v1/firewall/labels     200 {"labels": [{"name": "external", "bytes": 1, "packets": 1}]}
Interface k (0 = management, 1 = external, 2 = internal) of appliance i is named ge<k> and has the MAC
    fa:16:%02x:%02x:%02x:%02x % (k, i >> 16, (i >> 8) & 255, i & 255)

Dead appliances: every index with i % dead_every == dead_offset accepts the connection and never answers
(--dead-mode hang, default) or closes it at once (--dead-mode close).
Booting appliances: after "boot?i=N" appliance N behaves like --boot-mode (close: accepts and closes at once,
hang: never answers) until --boot-ms have passed. "off?i=N" makes N dead, "on?i=N" makes it alive.

Control port (127.0.0.1:CONTROL), plain HTTP:
  GET /stats            counters, cpu seconds, rss, distinct appliances asked per endpoint since the last reset
  GET /reset            zero the counters
  GET /set?delay_ms=20&dead_every=100&dead_offset=7&dead_mode=hang&boot_ms=2000&...   change any setting at run time
  GET /boot?i=5 | /off?i=5 | /on?i=5
  GET /arrivals?kind=config   index -> seconds since the epoch of the last such request (alive, interfaces, config) since the last reset
  GET /quit
"""
import argparse, asyncio, json, os, resource, socket, sys, time, urllib.parse
try:
    import uvloop
except ImportError:
    uvloop = None

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument('--port', type=int, default=5000)
ap.add_argument('--control', type=int, default=5999)
ap.add_argument('--delay-ms', type=float, default=0.0)
ap.add_argument('--other-delay-ms', type=float, default=0.0)
ap.add_argument('--config-delay-ms', type=float, default=0.0)
ap.add_argument('--dead-every', type=int, default=0, help='0 = none dead')
ap.add_argument('--dead-offset', type=int, default=7)
ap.add_argument('--dead-mode', choices=['hang', 'close'], default='hang')
ap.add_argument('--boot-ms', type=float, default=2000.0)
ap.add_argument('--boot-mode', choices=['hang', 'close'], default='close')
ap.add_argument('--no-uvloop', action='store_true')
S = ap.parse_args()

C = {'alive': 0, 'interfaces': 0, 'config': 0, 'labels': 0, 'other': 0, 'connections': 0, 'hung': 0, 'closed': 0, 'config_bytes': 0}
SEEN = {'alive': set(), 'config': set()}
ARRIVED = {'alive': {}, 'interfaces': {}, 'config': {}}   # index -> wall-clock time at which it was asked last
BOOT = {}      # index -> monotonic time at which it is up
FORCED = {}    # index -> True dead / False alive
MAC = 'fa:16:%02x:%02x:%02x:%02x'


def is_dead(i):
    """returns None or the way in which the appliance does not answer"""
    t = BOOT.get(i)
    if t is not None:
        if time.monotonic() < t:
            return S.boot_mode
        del BOOT[i]
    f = FORCED.get(i)
    if f is not None:
        return S.dead_mode if f else None
    if S.dead_every and i % S.dead_every == S.dead_offset % S.dead_every:
        return S.dead_mode
    return None


def resp(body, keep):
    b = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n' % (len(b), b'keep-alive' if keep else b'close') + b


RULES = b'{"rules": ""}'
CONFIGURED = b'{"configuration": {}}'
LABELS = b'{"labels": [{"name": "external", "bytes": 1, "packets": 1}]}'


class Appliance(asyncio.Protocol):
    __slots__ = ('tr', 'buf', 'i')

    def connection_made(self, tr):
        self.tr = tr
        self.buf = b''
        C['connections'] += 1
        a = tr.get_extra_info('sockname')[0].split('.')
        self.i = ((int(a[1]) - 1) << 16) | (int(a[2]) << 8) | int(a[3])
        d = is_dead(self.i)
        if d == 'close':
            C['closed'] += 1
            tr.abort()

    def data_received(self, data):
        self.buf += data
        while True:
            e = self.buf.find(b'\r\n\r\n')
            if e < 0:
                return
            head = self.buf[:e]
            low = head.lower()
            n = 0
            k = low.find(b'content-length:')
            if k >= 0:
                n = int(low[k + 15:].split(b'\r\n', 1)[0])
            if len(self.buf) < e + 4 + n:
                return
            self.buf = self.buf[e + 4 + n:]
            self.request(head.split(b' ', 2)[:2], n, b'connection: close' not in low)

    def request(self, line, n, keep):
        d = is_dead(self.i)
        if d is not None:
            if d == 'hang':
                C['hung'] += 1
                return
            C['closed'] += 1
            self.tr.abort()
            return
        m, path = line
        delay = S.other_delay_ms
        if path.startswith(b'/v1/firewall/rules'):
            C['alive'] += 1
            SEEN['alive'].add(self.i)
            ARRIVED['alive'][self.i] = time.time()
            body, delay = RULES, S.delay_ms
        elif path.startswith(b'/v1/system/interfaces'):
            C['interfaces'] += 1
            i = self.i
            ARRIVED['interfaces'][i] = time.time()
            body = {'interfaces': [{'ifname': 'ge%d' % k, 'lladdr': MAC % (k, i >> 16, (i >> 8) & 255, i & 255), 'state': 'up', 'mtu': 1500,
                                    'addresses': []} for k in range(3)]}
        elif path.startswith(b'/v1/system/config'):
            C['config'] += 1
            C['config_bytes'] += n
            SEEN['config'].add(self.i)
            ARRIVED['config'][self.i] = time.time()
            body, delay = CONFIGURED, S.config_delay_ms
        elif path.startswith(b'/v1/firewall/labels'):
            C['labels'] += 1
            body = LABELS
        else:
            C['other'] += 1
            body = b'{}'
        if delay > 0:
            LOOP.call_later(delay / 1000.0, self.answer, body, keep)
        else:
            self.answer(body, keep)

    def answer(self, body, keep):
        if not self.tr.is_closing():
            self.tr.write(resp(body, keep))
            if not keep:
                self.tr.close()


class Control(asyncio.Protocol):
    def connection_made(self, tr):
        self.tr = tr

    def data_received(self, data):
        target = data.split(b' ', 2)[1].decode()
        u = urllib.parse.urlparse(target)
        q = dict(urllib.parse.parse_qsl(u.query))
        out = {'ok': True}
        if u.path == '/boot':
            i = int(q['i'])
            BOOT[i] = time.monotonic() + float(q.get('ms', S.boot_ms)) / 1000.0
            FORCED.pop(i, None)
        elif u.path in ('/off', '/on'):
            FORCED[int(q['i'])] = u.path == '/off'
        elif u.path == '/set':
            for k, v in q.items():
                cur = getattr(S, k)
                setattr(S, k, type(cur)(float(v)) if isinstance(cur, (int, float)) else v)
        elif u.path == '/reset':
            for k in C:
                C[k] = 0
            for s in (*SEEN.values(), *ARRIVED.values()):
                s.clear()
            if q.get('all'):
                FORCED.clear()
                BOOT.clear()
        elif u.path == '/arrivals':
            self.tr.write(resp(ARRIVED[q['kind']], False))
            self.tr.close()
            return
        elif u.path == '/quit':
            LOOP.call_later(0.05, LOOP.stop)
        ru = resource.getrusage(resource.RUSAGE_SELF)
        out.update(C)
        out.update(alive_distinct=len(SEEN['alive']), config_distinct=len(SEEN['config']), cpu_s=ru.ru_utime + ru.ru_stime, maxrss_kb=ru.ru_maxrss, pid=os.getpid(),
                   settings={k: getattr(S, k) for k in vars(S)})
        self.tr.write(resp(out, False))
        self.tr.close()


async def main():
    global LOOP
    LOOP = asyncio.get_running_loop()
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, 25, b'lo\0')     # SO_BINDTODEVICE: loopback traffic only
    s.bind(('0.0.0.0', S.port))
    s.listen(4096)
    s.setblocking(False)
    await LOOP.create_server(Appliance, sock=s, backlog=4096)
    await LOOP.create_server(Control, '127.0.0.1', S.control)
    print('appliance stub ready port=%d control=%d pid=%d loop=%s' % (S.port, S.control, os.getpid(), type(LOOP).__module__), flush=True)


if __name__ == '__main__':
    _h = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (_h, _h))
    loop = (uvloop.new_event_loop() if uvloop and not S.no_uvloop else asyncio.new_event_loop())
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())
    loop.run_forever()
