"""The original's command line and its orchestrator, as far as AMQP shows them: oslo.messaging and nothing of ours."""
import json
import os
import sys

from oslo_config import cfg
import oslo_messaging


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def transport(url):
    return oslo_messaging.get_notification_transport(cfg.CONF, url=url)


def ctl(url, exchange):
    """Sends each line of standard input as the payload of an astara.command."""
    notifier = oslo_messaging.Notifier(
        transport(url), publisher_id="astara-ctl", driver="messaging", topics=["notifications"])
    say(ready=True)
    for line in sys.stdin:
        notifier.info({}, "astara.command", json.loads(line))
        say(sent=json.loads(line)["command"])


class Endpoint(object):
    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        say(event_type=event_type, payload=payload, publisher_id=publisher_id)


def orchestrator(url, exchange):
    """Listens as an original orchestrator: its pool, its topic, its exchange."""
    listener = oslo_messaging.get_notification_listener(
        transport(url), [oslo_messaging.Target(topic="notifications", exchange=exchange)], [Endpoint()],
        executor="threading", pool="astara.notifications.original")
    listener.start()
    say(ready=True)
    sys.stdin.read()
    listener.stop()


cfg.CONF([])
oslo_messaging.set_transport_defaults(control_exchange=sys.argv[3])
globals()[sys.argv[1]](*sys.argv[2:])
os._exit(0)  # its threads would keep the process for a while
