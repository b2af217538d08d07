"""Keeps a port open for one hearthd after another, as systemd does: `keeper.py PORT HEARTHD`.

Every line on standard input ends the server that runs, if one does, and starts the next with the port; the
answer is a line, once the old one is gone and the new one is on its way.
"""

import os
import signal
import socket
import sys

port, hearthd = int(sys.argv[1]), sys.argv[2]
door = socket.create_server(("127.0.0.1", port), backlog=128)
running = 0

for _ in sys.stdin:
    if running:
        os.kill(running, signal.SIGTERM)
        os.waitpid(running, 0)
    running = os.fork()
    if running == 0:
        os.dup2(door.fileno(), 3)
        os.set_inheritable(3, True)
        handed_over = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "https"}
        os.execve(hearthd, [hearthd], os.environ | handed_over)
    print("started", flush=True)
if running:
    os.kill(running, signal.SIGTERM)
    os.waitpid(running, 0)
