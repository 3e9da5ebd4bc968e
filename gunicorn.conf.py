"""How gunicorn runs Hourbank. ``./hourbank serve`` uses this file; a container may run gunicorn with it directly."""

import ctypes
import os
import pathlib
import signal
import sys

# What polars is done with goes back to the system at once: a worker that took a large report is as small as before it.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")

wsgi_app = "service:create_app()"
workers = 2
worker_class = "gthread"
threads = 6
preload_app = False  # each worker opens its own database connections, after the fork

timeout = 60  # a worker whose main loop is silent this long is killed and replaced
graceful_timeout = 8  # what is under way when we are asked to stop has this long to be answered
keepalive = 5

# A path and query stay short; what is long goes into a body, whose size the service limits itself.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

worker_tmp_dir = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None  # noqa: S108 (heartbeats need memory, not disk)
control_socket_disable = True  # it would be a file under $HOME, which a service's user need not have
proc_name = "hourbank"

accesslog = None  # addresses carry people's ids
errorlog = "-"
loglevel = os.environ.get("HOURBANK_LOG_LEVEL", "warning")

PR_SET_PDEATHSIG = 1


def on_starting(server):
    """Stop gracefully when the command that started us is gone, even if it was killed and could not say so."""
    parent = os.environ.get("HOURBANK_PARENT")
    if parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit("the command that started the service is gone")


def post_worker_init(worker):
    """Begin to take jobs: what was asked for with Prefer: respond-async, in this process or in one that is gone."""
    from service import jobs  # noqa: PLC0415 (a process without workers need not load the service)

    jobs.start(worker.wsgi)
