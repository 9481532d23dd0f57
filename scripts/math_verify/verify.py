"""Judges pairs of answers with math-verify.

Reads one JSON object a line from PAIRS: {"id": ..., "gold": LaTeX, "answer": text, "boxed": bool}. Where boxed is true
the answer is bare LaTeX, else a model's whole text. Writes {"id": ..., "verdict": true | false | null} a line to
VERDICTS, null where math-verify raised.
"""

import json
import multiprocessing
import os
import sys

from math_verify import parse, verify

# A pair that takes longer is judged null. The signal that this sets works in the main thread of each worker.
SECONDS = 5


def judge(line):
    pair = json.loads(line)
    try:
        gold = parse("\\boxed{" + pair["gold"] + "}", parsing_timeout=SECONDS)
        text = "\\boxed{" + pair["answer"] + "}" if pair["boxed"] else pair["answer"]
        answer = parse(text, parsing_timeout=SECONDS)
        verdict = bool(verify(gold, answer, timeout_seconds=SECONDS))
    except Exception:  # Whatever sympy raises, the pair has no verdict.
        verdict = None
    return json.dumps({"id": pair["id"], "verdict": verdict})


def main(pairs, verdicts):
    with open(pairs, encoding="utf-8") as source:
        lines = source.readlines()
    with multiprocessing.Pool(os.cpu_count()) as pool, open(verdicts, "w", encoding="utf-8") as out:
        for line in pool.imap(judge, lines, chunksize=64):
            out.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
