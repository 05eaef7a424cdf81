"""The model of models/gpt in PyTorch, eager float32, as the yardstick of bench/gpt.ts.

Reads one JSON command a line, {"task": "train" | "score" | "decode", ...}, runs it and answers {"seconds": ..., "tokens": ...}, so that
the two sides can take turns. Written as one would in PyTorch: fused scaled_dot_product_attention, embedding_bag for the side
channels, foreach AdamW, a preallocated key-value cache for decoding.
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c["width"]
        self.heads = c["heads"]
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.output = nn.Linear(d, d, bias=False)
        self.expand = nn.Linear(d, 4 * d, bias=False)
        self.contract = nn.Linear(4 * d, d, bias=False)
        self.activation = (lambda x: F.relu(x).square()) if c["activation"] == "relu2" else (lambda x: F.gelu(x, approximate="tanh"))

    def forward(self, x, cache=None, position=0):
        """x [B, T, d]; with a cache (keys, values [B, H, C, D]) T is 1 and the position is written to it."""
        B, T, d = x.shape
        q, k, v = self.qkv(norm(x)).view(B, T, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if cache is None:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            cache[0][:, :, position] = k[:, :, 0]
            cache[1][:, :, position] = v[:, :, 0]
            mixed = F.scaled_dot_product_attention(q, cache[0][:, :, : position + 1], cache[1][:, :, : position + 1])
        x = x + self.output(mixed.transpose(1, 2).reshape(B, T, d))
        return x + self.contract(self.activation(self.expand(norm(x))))


def norm(x):
    return F.rms_norm(x, (x.shape[-1],), eps=1e-5)


class Gpt(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        d = c["width"]
        self.token = nn.Embedding(c["vocabulary"], d)
        self.position = nn.Embedding(c["context"], d)
        self.side = nn.EmbeddingBag(sum(c["side"]), d, mode="sum")
        self.skip_side = nn.EmbeddingBag(sum(c["side"]), c["skip"], mode="sum")
        self.skip_output = nn.Linear(c["skip"], d, bias=False)
        self.former_input, self.former_output = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.former_skip = nn.Linear(d, c["skip"], bias=False)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.register_buffer("offsets", torch.tensor([sum(c["side"][:s]) for s in range(len(c["side"]))]))
        for p in self.parameters():
            nn.init.normal_(p, std=0.02)

    def forward(self, tokens, side, cache=None, position=0):
        """tokens [B, T], side [B, T, S + 1], the former token last -> logits [B, T, V]"""
        B, T = tokens.shape
        former = self.token(side[..., -1])
        rows = (side[..., :-1] + self.offsets).view(B * T, -1)
        h = self.token(tokens) + self.position(torch.arange(position, position + T)) + self.side(rows).view(B, T, -1) + self.former_input(former)
        for i, block in enumerate(self.blocks):
            h = block(h, None if cache is None else cache[i], position)
        known = self.skip_side(rows).view(B, T, -1) + self.former_skip(former)
        h = norm(h) + self.skip_output(F.relu(known)) + self.former_output(former)
        return F.linear(h, self.token.weight)


def draw(c, *shape):
    side = torch.stack([torch.randint(0, size, shape) for size in [*c["side"], c["vocabulary"]]], -1)
    return torch.randint(0, c["vocabulary"], shape), torch.randint(0, c["vocabulary"], shape), side


def main():
    c = json.loads(sys.argv[1])
    torch.set_num_threads(c["threads"])
    torch.manual_seed(1)
    model = Gpt(c)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1)

    def train(batch, steps):
        tokens, targets, side = draw(c, batch, c["context"])
        started = time.perf_counter()
        for _ in range(steps):
            loss = F.cross_entropy(model(tokens, side).view(-1, c["vocabulary"]), targets.view(-1))
            adamw.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adamw.step()
        return time.perf_counter() - started, steps * batch * c["context"]

    @torch.no_grad()
    def score(batch, steps):
        tokens, targets, side = draw(c, batch, c["context"])
        started = time.perf_counter()
        for _ in range(steps):
            F.log_softmax(model(tokens, side), -1).gather(-1, targets[..., None])
        return time.perf_counter() - started, steps * batch * c["context"]

    @torch.no_grad()
    def decode(batch, steps):
        tokens, _, side = draw(c, batch, 1)
        shape = (batch, c["heads"], c["context"], c["width"] // c["heads"])
        cache = [(torch.zeros(shape), torch.zeros(shape)) for _ in model.blocks]
        started = time.perf_counter()
        for position in range(steps):
            model(tokens, side, cache, position)
        return time.perf_counter() - started, steps * batch

    tasks = dict(train=train, score=score, decode=decode)
    print(json.dumps(dict(version=torch.__version__)), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        seconds, tokens = tasks[command["task"]](command["batch"], command["steps"])
        print(json.dumps(dict(seconds=seconds, tokens=tokens)), flush=True)


if __name__ == "__main__":
    main()
