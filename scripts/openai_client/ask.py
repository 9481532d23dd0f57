"""Asks a server with the official openai client and writes what came of it to standard output, as one JSON object.

Every request has a seed of its own, by which the server's script knows which fault to answer with.
"""

import json
import sys

import openai


TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}

# Requests that hold no problem.
FREE = {
    "hello": {"messages": [{"role": "user", "content": "hello"}]},
    "empty": {"messages": [{"role": "user", "content": ""}]},
    "short": {"messages": [{"role": "user", "content": "Say OK."}], "max_tokens": 5},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "¿Qué"}, {"type": "text", "text": " hora es?"}]}]},
    "long": {"messages": [{"role": "user", "content": "Tell me more about ducks. " * 20_000}]},
    "tools": {"messages": [{"role": "system", "content": "Use your tools."}, {"role": "user", "content": "Rain?"}], "tools": [TOOL]},
    "turns": {"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "rain"},
        {"role": "user", "content": "And now?"},
    ]},
}


def main(base_url, prompt):
    # Nothing is retried, so that each error can be seen, except where retries are what is tried.
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=20)
    messages = [{"role": "system", "content": "Be careful."}, {"role": "user", "content": prompt}]

    def ask(client=client, **fields):
        return client.chat.completions.create(model="gpt-4o-mini", messages=messages, **fields)

    def failure(call):
        try:
            call()
        except openai.OpenAIError as error:
            return {"class": type(error).__name__, "code": getattr(error, "code", None),
                    "param": getattr(error, "param", None)}
        return {"class": None}

    def drained(**fields):
        return [chunk for chunk in ask(stream=True, **fields)]

    plain = ask(seed=1, n=2, temperature=0.7, top_p=0.9, max_completion_tokens=300, stop=["nowhere"])
    chunks = drained(seed=1, n=2, temperature=0.7, top_p=0.9, max_completion_tokens=300, stop=["nowhere"],
                     stream_options={"include_usage": True})
    spoken = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            spoken[choice.index] += choice.delta.content or ""
    free = {}
    for name, fields in FREE.items():
        whole = client.chat.completions.create(model="gpt-4o-mini", seed=3, **fields)
        pieces = list(client.chat.completions.create(model="gpt-4o-mini", seed=3, stream=True, **fields))
        choices = [piece.choices[0] for piece in pieces]
        free[name] = {
            "text": whole.choices[0].message.content,
            "streamed": "".join(choice.delta.content or "" for choice in choices),
            "finish": [whole.choices[0].finish_reason, choices[-1].finish_reason],
            "tokens": whole.usage.completion_tokens,
            "fingerprints": [whole.system_fingerprint] + [piece.system_fingerprint for piece in pieces],
        }
    found = {
        "models": [model.id for model in client.models.list()],
        "plain": [choice.message.content for choice in plain.choices],
        "finish": [choice.finish_reason for choice in plain.choices],
        "usage": [plain.usage.prompt_tokens, plain.usage.completion_tokens, plain.usage.total_tokens],
        "streamed": spoken,
        "streamed_usage": [chunk.usage.completion_tokens for chunk in chunks if chunk.usage],
        "cut_short": ask(seed=1, max_tokens=5).choices[0].finish_reason,
        "unknown_model": failure(lambda: client.chat.completions.create(model="other", messages=messages)),
        "free": free,
        "no_messages": failure(lambda: client.chat.completions.create(model="gpt-4o-mini", messages=[])),
        "faults": {
            fault: failure(lambda: ask(seed=seed))
            for seed, fault in enumerate(["429", "500", "503", "reset"], start=10)
        },
        "time_out": failure(lambda: ask(client.with_options(timeout=0.5), seed=14)),
        "cut_stream": failure(lambda: drained(seed=15)),
        # The client's own retries get the answer that the first attempt would have got.
        "retried": ask(client.with_options(max_retries=2), seed=16).choices[0].message.content,
    }
    json.dump(found, sys.stdout)


main(*sys.argv[1:])
