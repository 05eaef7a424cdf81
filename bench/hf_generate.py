"""Speed of `generate` of Hugging Face's transformers, for bench/generation.ts: a GPT-2 of random weights that writes characters.

Usage: hf_generate.py LAYERS HEADS WIDTH CONTEXT VOCABULARY THREADS ROWS...
Prints one JSON object: characters a second for each number of rows, the best of two runs.
"""

import json
import sys
import time

import torch
from transformers import GPT2Config, GPT2LMHeadModel


def main() -> None:
    layers, heads, width, context, vocabulary, threads, *rows = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    config = GPT2Config(n_layer=layers, n_head=heads, n_embd=width, n_positions=context, vocab_size=vocabulary, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config).eval()
    speed = {}
    for batch in rows:
        prompt = torch.zeros(batch, 1, dtype=torch.long)
        best = 0.0
        for _ in range(2):
            began = time.perf_counter()
            # Random weights would end an event anywhere: all rows are written to the end.
            model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=True, min_length=context, max_length=context, pad_token_id=0)
            best = max(best, batch * (context - 1) / (time.perf_counter() - began))
        speed[batch] = best
    print(json.dumps(speed))


main()
