#!/usr/bin/python3
"""An appliance that only answers, for many of them at once: alive, its real interfaces, and yes to every configuration."""
import http.server
import json
import os
import socket


def interfaces():
    found = []
    for name in sorted(os.listdir('/sys/class/net')):
        if name.startswith('eth'):
            with open('/sys/class/net/%s/address' % name) as f:
                found.append({'ifname': 'ge' + name[3:], 'lladdr': f.read().strip()})
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer({'interfaces': interfaces()} if self.path.endswith('/interfaces') else {})

    def do_PUT(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.answer({'configuration': {}})

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


Server((os.environ['MGT_ADDRESS'], 5000), Handler).serve_forever()
