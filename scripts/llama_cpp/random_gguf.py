"""Writes a GGUF file with a tiny llama of random weights, which llama.cpp loads and serves.

It says nothing sensible, but what comes back is a real server's: its JSON, its streams, its usage, its finish reasons.

    python3 random_gguf.py FILE [SEED]
"""

import sys

import numpy as np
from gguf import GGUFWriter, LlamaFileType, TokenType

LAYERS, WIDTH, HEADS, HIDDEN, CONTEXT = 2, 64, 4, 128, 4096
WORDS = ["the", "sum", "is", "of", "two", "three", "seven", "apples", "and", "so", "we", "have", "then", "answer", ".", ","]
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def vocabulary():
    """Control tokens, a token for every byte, and words: texts, scores and types."""
    control = [(b"<unk>", 0.0, TokenType.UNKNOWN), (b"<s>", 0.0, TokenType.CONTROL), (b"</s>", 0.0, TokenType.CONTROL)]
    bytes_ = [(f"<0x{byte:02X}>".encode(), 0.0, TokenType.BYTE) for byte in range(256)]
    words = [(f"\u2581{word}".encode(), -float(rank), TokenType.NORMAL) for rank, word in enumerate(WORDS)]
    return control + bytes_ + words


def weights(count, seed):
    """Every tensor by name. Only words, and now and then the end, are likely to be said."""
    random = np.random.default_rng(seed)

    def matrix(rows, columns, scale=1.0):
        return (random.standard_normal((rows, columns)) * scale / np.sqrt(columns)).astype(np.float32)

    said = np.zeros((count, 1), dtype=np.float32)
    said[2], said[259:] = 6.0, 8.0
    tensors = {
        "token_embd.weight": matrix(count, WIDTH, 8.0),
        "output_norm.weight": np.ones(WIDTH, dtype=np.float32),
        "output.weight": matrix(count, WIDTH) * said,
    }
    for layer in range(LAYERS):
        tensors |= {
            f"blk.{layer}.attn_norm.weight": np.ones(WIDTH, dtype=np.float32),
            f"blk.{layer}.attn_q.weight": matrix(WIDTH, WIDTH),
            f"blk.{layer}.attn_k.weight": matrix(WIDTH, WIDTH),
            f"blk.{layer}.attn_v.weight": matrix(WIDTH, WIDTH),
            f"blk.{layer}.attn_output.weight": matrix(WIDTH, WIDTH),
            f"blk.{layer}.ffn_norm.weight": np.ones(WIDTH, dtype=np.float32),
            f"blk.{layer}.ffn_gate.weight": matrix(HIDDEN, WIDTH),
            f"blk.{layer}.ffn_up.weight": matrix(HIDDEN, WIDTH),
            f"blk.{layer}.ffn_down.weight": matrix(WIDTH, HIDDEN),
        }
    return tensors


def write(path, seed):
    tokens = vocabulary()
    writer = GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in weights(len(tokens), seed).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
