"""Makes golden.json: losses, gradients and AdamW steps of the model in PyTorch, in float64.

    python3 -m pip install torch numpy
    python3 test/models/gpt/golden/make_golden.py

It is an independent second implementation (batch-first, autograd, torch.optim): only the definition of the model is
shared with models/gpt. Weights and inputs are not stored: both sides draw them from mulberry32, which is a counter-based
generator, so that the n-th number of a seed is a function of n.
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

CASES = {
    # The default model, with few enough side channel ids for the multi-hot path.
    "relu2": dict(layers=4, heads=4, width=128, context=256, vocabulary=2000, side=[40, 250, 97, 8, 13, 5], skip=64,
                  former=True, activation="relu2", batch=8, steps=20),
    # GELU, no former tokens, and so many entities that side channels are gathered and scattered.
    "gelu": dict(layers=2, heads=2, width=64, context=128, vocabulary=500, side=[20, 1500, 97, 8, 5], skip=32,
                 former=False, activation="gelu", batch=16, steps=20),
}
OPTIMIZER = dict(beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.1, clip=0.5)  # The clip is below the norms, so that it acts.
SAMPLES = 200


def mulberry32(seed, count):
    """The first `count` numbers of the generator, uniform in [0, 1)."""
    a = (np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x6D2B79F5)).astype(np.uint32)
    t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
    t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
    return (t ^ (t >> np.uint32(14))).astype(np.float64) / 2**32


def parameters(c):
    """(name, shape, weight decay) in the order of the seeds."""
    d, total = c["width"], sum(c["side"])
    specs = [("token", (c["vocabulary"], d), True), ("position", (c["context"], d), False), ("side", (total, d), False)]
    for l in range(c["layers"]):
        specs += [(f"layer{l}.{part}", (d, d), True) for part in ("query", "key", "value", "output")]
        specs += [(f"layer{l}.expand", (d, 4 * d), True), (f"layer{l}.contract", (4 * d, d), True)]
    specs += [("skip.side", (total, c["skip"]), False), ("skip.output", (c["skip"], d), True)]
    if c["former"]:
        specs += [("former.input", (d, d), True), ("former.skip", (d, c["skip"]), True), ("former.output", (d, d), True)]
    return specs


def make_weights(c):
    weights = {}
    for i, (name, shape, _) in enumerate(parameters(c)):
        uniform = mulberry32(1000 + i, math.prod(shape))
        data = ((uniform * 2 - 1) * 0.125).astype(np.float32).astype(np.float64)
        weights[name] = torch.tensor(data.reshape(shape), requires_grad=True)
    return weights


def make_batches(c):
    """Time-major: [K, T, B]."""
    shape = (c["steps"], c["context"], c["batch"])
    n = math.prod(shape)
    tokens = np.floor(mulberry32(1, n) * c["vocabulary"]).astype(np.int64)
    targets = (3 * tokens + np.floor(mulberry32(2, n) * 3).astype(np.int64)) % c["vocabulary"]
    kind = mulberry32(3, n)
    weights = np.where(kind < 0.1, 0.0, np.where(kind < 0.2, 0.5, 1.0))
    sizes = c["side"] + ([c["vocabulary"]] if c["former"] else [])
    side = np.stack([np.floor(mulberry32(4 + s, n) * size).astype(np.int64) for s, size in enumerate(sizes)], -1)
    lay = lambda a: torch.tensor(a.reshape(shape + a.shape[1:]))
    return lay(tokens), lay(targets), lay(weights), lay(side)


def rms_norm(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


def forward(c, w, tokens, side):
    """tokens [B, T], side [B, T, S], the former token last -> logits [B, T, V]"""
    B, T = tokens.shape
    H, d = c["heads"], c["width"]
    offsets = torch.tensor(np.cumsum([0] + c["side"][:-1]))
    former = w["token"][side[..., -1]] if c["former"] else None
    side = side[..., :len(c["side"])]
    h = w["token"][tokens] + w["position"][torch.arange(T)] + w["side"][side + offsets].sum(2)
    if c["former"]:
        h = h + former @ w["former.input"]
    for l in range(c["layers"]):
        x = rms_norm(h)
        q, k, v = [(x @ w[f"layer{l}.{p}"]).view(B, T, H, d // H).transpose(1, 2) for p in ("query", "key", "value")]
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, d)
        h = h + mixed @ w[f"layer{l}.output"]
        x = rms_norm(h) @ w[f"layer{l}.expand"]
        x = F.relu(x).square() if c["activation"] == "relu2" else F.gelu(x, approximate="tanh")
        h = h + x @ w[f"layer{l}.contract"]
    known = w["skip.side"][side + offsets].sum(2)
    if c["former"]:
        known = known + former @ w["former.skip"]
    h = rms_norm(h) + F.relu(known) @ w["skip.output"]
    if c["former"]:
        h = h + former @ w["former.output"]
    return h @ w["token"].T


def loss_of(c, w, tokens, targets, weights, side):
    """Takes one time-major batch: [T, B]."""
    logits = forward(c, w, tokens.T, side.transpose(0, 1))
    nll = F.cross_entropy(logits.reshape(-1, c["vocabulary"]), targets.T.reshape(-1), reduction="none")
    flat = weights.T.reshape(-1)
    return (nll * flat).sum() / flat.sum()


def samples(name_index, tensor):
    """Entries at places drawn from a seed of the parameter, flat."""
    flat = tensor.detach().reshape(-1)
    places = np.floor(mulberry32(5000 + name_index, SAMPLES) * flat.numel()).astype(np.int64)
    return [float(f"{x:.7g}") for x in flat[torch.tensor(places)]]


def make_case(c):
    specs = parameters(c)
    w = make_weights(c)
    tokens, targets, weights, side = make_batches(c)
    groups = [dict(params=[w[n] for n, _, decays in specs if decays is decay],
                   weight_decay=OPTIMIZER["weightDecay"] if decay else 0.0) for decay in (True, False)]
    adamw = torch.optim.AdamW(groups, betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]), eps=OPTIMIZER["epsilon"])
    losses, norms, gradients = [], [], []
    for k in range(c["steps"]):
        for group in adamw.param_groups:
            group["lr"] = 3e-3 * min(1, (k + 1) / 5)
        loss = loss_of(c, w, tokens[k], targets[k], weights[k], side[k])
        adamw.zero_grad()
        loss.backward()
        if k == 0:
            gradients = [dict(name=n, norm=float(f"{w[n].grad.norm():.9g}"), samples=samples(i, w[n].grad))
                         for i, (n, _, _) in enumerate(specs)]
        norm = torch.nn.utils.clip_grad_norm_(w.values(), OPTIMIZER["clip"])
        adamw.step()
        losses.append(loss.item())
        norms.append(norm.item())
    final = [dict(name=n, norm=float(f"{w[n].norm():.9g}"), samples=samples(i, w[n])) for i, (n, _, _) in enumerate(specs)]
    return dict(config=c, losses=losses, gradientNorms=norms, gradients=gradients, final=final)


if __name__ == "__main__":
    torch.set_num_threads(2)
    golden = dict(madeWith=f"torch {torch.__version__}", optimizer=OPTIMIZER, cases={k: make_case(c) for k, c in CASES.items()})
    with open(os.path.join(os.path.dirname(__file__), "golden.json"), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
