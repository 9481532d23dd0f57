"""llama.cpp's server as the wheel `xllamacpp` carries it, with the few options of the built one that are used here."""

import argparse
import signal

import xllamacpp

parser = argparse.ArgumentParser()
for name, kind in [
    ("--model", str), ("--alias", str), ("--host", str), ("--port", int), ("--ctx-size", int), ("--parallel", int),
    ("--threads", int), ("--threads-batch", int), ("--batch-size", int), ("--ubatch-size", int),
]:
    parser.add_argument(name, type=kind, required=True)
options = parser.parse_args()

parameters = xllamacpp.CommonParams()
parameters.model.path = options.model
parameters.model_alias = {options.alias}
parameters.hostname = options.host
parameters.port = options.port
parameters.n_ctx = options.ctx_size
parameters.n_parallel = options.parallel
parameters.n_batch = options.batch_size
parameters.n_ubatch = options.ubatch_size
parameters.cpuparams.n_threads = options.threads
parameters.cpuparams_batch.n_threads = options.threads_batch

server = xllamacpp.Server(parameters)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
