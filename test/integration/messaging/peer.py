"""Python's oslo.messaging as the other side of a test: speaks JSON lines on its standard output."""
import json
import os
import sys
import threading
import time

from oslo_config import cfg
import oslo_messaging


class PeerError(Exception):
    pass


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def rpc_transport(url):
    return oslo_messaging.get_rpc_transport(cfg.CONF, url=url, allowed_remote_exmods=["builtins"])


def notification_transport(url):
    return oslo_messaging.get_notification_transport(cfg.CONF, url=url)


def notify(url, exchange, count):
    notifier = oslo_messaging.Notifier(
        notification_transport(url), publisher_id="network.peer", driver="messagingv2", topics=["notifications"])
    for n in range(int(count)):
        notifier.info({"project_id": "t%d" % n, "auth_token": "secret"}, "router.update.end", {"router": {"id": n, "name": "r\u00e4uter"}})
    notifier.error({}, "router.broken", None)
    say(sent=int(count))


def notify_v1(url, exchange):
    notifier = oslo_messaging.Notifier(
        notification_transport(url), publisher_id="network.peer", driver="messaging", topics=["notifications"])
    notifier.info({"project_id": "old"}, "router.create.end", {"n": 1})
    say(sent=1)


class Listener(object):
    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        say(priority="info", context=ctxt, publisher_id=publisher_id, event_type=event_type, payload=payload, metadata=metadata)

    def error(self, ctxt, publisher_id, event_type, payload, metadata):
        say(priority="error", context=ctxt, publisher_id=publisher_id, event_type=event_type, payload=payload, metadata=metadata)


def listen(url, exchange, pool):
    targets = [oslo_messaging.Target(topic="notifications", exchange=exchange)]
    server = oslo_messaging.get_notification_listener(
        notification_transport(url), targets, [Listener()], executor="threading", pool=pool)
    server.start()
    say(ready=True)
    sys.stdin.read()
    server.stop()


class Endpoint(object):
    target = oslo_messaging.Target(version="1.4")

    def echo(self, ctxt, **args):
        return {"args": args, "context": ctxt}

    def nothing(self, ctxt):
        return None

    def value_error(self, ctxt):
        raise ValueError("bad value", 7)

    def own_error(self, ctxt):
        raise PeerError("r\u00e4uter")

    def slow(self, ctxt, seconds):
        time.sleep(seconds)
        return "late"

    def note(self, ctxt, n):
        say(note=n, context=ctxt)


def serve(url, exchange, topic, server):
    target = oslo_messaging.Target(exchange=exchange, topic=topic, server=server)
    rpc = oslo_messaging.get_rpc_server(rpc_transport(url), target, [Endpoint()], executor="threading")
    rpc.start()
    say(ready=True)
    sys.stdin.read()
    rpc.stop()


def client(url, exchange, topic, server):
    target = oslo_messaging.Target(exchange=exchange, topic=topic, version="1.0")
    build = getattr(oslo_messaging, "get_rpc_client", oslo_messaging.RPCClient)
    rpc = build(rpc_transport(url), target, timeout=8)

    def outcome(name, work):
        try:
            say(name=name, result=work())
        except oslo_messaging.RemoteError as e:
            say(name=name, remote=e.exc_type, value=e.value)
        except Exception as e:
            say(name=name, error=type(e).__module__ + "." + type(e).__name__, args=[str(a) for a in e.args])

    context = {"is_admin": True, "user_id": None}
    outcome("echo", lambda: rpc.call(context, "echo", a=[1, None, "r\u00e4uter"]))
    outcome("server", lambda: rpc.prepare(server=server).call(context, "echo", b=2))
    outcome("nothing", lambda: rpc.call({}, "nothing"))
    outcome("plain", lambda: rpc.call({}, "plain"))
    outcome("typed", lambda: rpc.call({}, "typed"))
    outcome("unknown", lambda: rpc.call({}, "no_such_method"))
    outcome("version", lambda: rpc.prepare(version="9.0").call({}, "echo"))
    outcome("timeout", lambda: rpc.prepare(timeout=1).call({}, "hang"))
    threads = [threading.Thread(target=outcome, args=("many", lambda n=n: rpc.call({}, "double", n=n))) for n in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    outcome("cast", lambda: rpc.cast({"auth_token": "x"}, "note", n=1))
    outcome("cast_server", lambda: rpc.prepare(server=server).cast({}, "note", n=2))
    outcome("fanout", lambda: rpc.prepare(fanout=True).cast({}, "note", n=3))
    say(done=True)


cfg.CONF([])
oslo_messaging.set_transport_defaults(control_exchange=sys.argv[3])
globals()[sys.argv[1]](*sys.argv[2:])
os._exit(0)  # its threads would keep the process for a while
