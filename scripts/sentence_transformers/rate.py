"""Measures how many texts a second sentence-transformers embeds, for `lamas-lab bench` to compare with.

Usage: rate.py MODEL

MODEL is a folder with the files of all-MiniLM-L6-v2. Standard input is a JSON object: `texts`, and `cases`, each a pair of
threads and texts at once. Standard output is one too: `versions`, and for each case the rates of `repetitions` passes over
all texts.
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import sentence_transformers
import torch

try:
    from sentence_transformers.sentence_transformer import modules
except ImportError:
    from sentence_transformers import models as modules


def encoder(folder):
    words = modules.Transformer(folder, max_seq_length=256)
    parts = [words, modules.Pooling(words.get_embedding_dimension()), modules.Normalize()]
    return sentence_transformers.SentenceTransformer(modules=parts, device="cpu")


def rate(model, texts, batch):
    begun = time.perf_counter()
    for start in range(0, len(texts), batch):
        model.encode(texts[start : start + batch], batch_size=batch, show_progress_bar=False)
    return len(texts) / (time.perf_counter() - begun)


def main():
    asked = json.load(sys.stdin)
    model = encoder(sys.argv[1])
    rates = []
    for threads, batch in asked["cases"]:
        torch.set_num_threads(threads)
        rate(model, asked["texts"], batch)
        rates.append([rate(model, asked["texts"], batch) for _ in range(asked["repetitions"])])
    versions = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    json.dump({"versions": versions, "rates": rates}, sys.stdout)


main()
