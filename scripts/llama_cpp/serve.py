"""Serves a GGUF file with llama.cpp's own server, as the wheel `xllamacpp` carries it, until standard input ends.

    python3 serve.py FILE

Prints the address that it listens at.
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
os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
sys.stdin.read()
