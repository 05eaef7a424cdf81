"""What a SOC would run instead, for bench/detect: an isolation forest, an autoencoder per user, and DeepLog.

Usage: detectors.py ROWS OUT SEED THREADS [DETECTOR...]
ROWS is NDJSON, training events first, in the order of time: {"train", "entity", "time" (ms), "key", "values": {field: text}}.
OUT gets one JSON object: for each detector the scores of the rows that are not training events, in their order.

isolation_forest     Liu et al. 2008 (scikit-learn): how rare each value is among all and for this user, hour, weekday, pace
autoencoder          Morpheus' digital fingerprinting: a model per user (300 events at least, one for all others), all
                     categories, the day's counts of events, places and applications so far; mean of the fields' losses, each as a z-score
deeplog              Du et al. 2017, its model of keys: an LSTM of 2 x 64 reads ten actions of the user; -ln p of the next
"""

import json
import math
import sys
from collections import Counter, defaultdict, deque

import numpy as np
import torch
from sklearn.ensemble import IsolationForest
from torch import nn

BURST_MS = 600_000
DAY_MS = 86_400_000


def read(path):
    train, test = [], []
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            row = json.loads(line)
            (train if row['train'] else test).append(row)
    return train, test


def pace(rows):
    """Events of the entity in the last ten minutes, per row."""
    recent = defaultdict(deque)
    counts = []
    for row in rows:
        times = recent[row['entity']]
        while times and times[0] <= row['time'] - BURST_MS:
            times.popleft()
        times.append(row['time'])
        counts.append(len(times))
    return counts


def clock(row):
    hour = row['time'] / 3_600_000 % 24
    return [math.sin(hour * math.pi / 12), math.cos(hour * math.pi / 12), (row['time'] // DAY_MS + 4) % 7]


def isolation_forest(train, test, seed):
    fields = sorted({field for row in train for field in row['values']})
    overall, own = defaultdict(Counter), defaultdict(Counter)
    for row in train:
        for field, value in row['values'].items():
            overall[field][value] += 1
            own[field, row['entity']][value] += 1
    totals = {key: sum(counts.values()) for table in (overall, own) for key, counts in table.items()}

    def rarity(counts, key, value):
        return math.log(totals.get(key, 0) + 1) - math.log(counts[value] + 1)

    def features(rows):
        table = np.zeros((len(rows), 2 * len(fields) + 4), dtype=np.float32)
        for i, (row, events) in enumerate(zip(rows, pace(rows))):
            for f, field in enumerate(fields):
                value = row['values'].get(field)
                if value is not None:
                    table[i, 2 * f] = rarity(overall[field], field, value)
                    table[i, 2 * f + 1] = rarity(own[field, row['entity']], (field, row['entity']), value)
            table[i, -4:] = [*clock(row), math.log(events)]
        return table

    forest = IsolationForest(n_estimators=200, random_state=seed, n_jobs=-1).fit(features(train))
    return -forest.score_samples(features(test))


class Autoencoder(nn.Module):
    """One-hot categories and numbers, through 256, 64 and 256 and back; a softmax a category, a value a number."""

    def __init__(self, sizes, numbers):
        super().__init__()
        self.register_buffer('offsets', torch.tensor([0, *np.cumsum(sizes)[:-1]]))
        self.register_buffer('owner', torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes)))
        self.categories = nn.EmbeddingBag(sum(sizes), 256, mode='sum')
        self.numbers = nn.Linear(numbers, 256)
        self.body = nn.Sequential(nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 256), nn.ReLU())
        self.category = nn.Linear(256, sum(sizes))
        self.number = nn.Linear(256, numbers)
        nn.init.normal_(self.categories.weight, std=0.05)

    def losses(self, categories, numbers):
        """[rows, fields]: -ln p of each category, squared error of each number"""
        columns = categories + self.offsets
        hidden = self.body(self.categories(columns) + self.numbers(numbers))
        logits = self.category(hidden).clamp(-30, 30)
        totals = torch.zeros(len(logits), len(self.offsets)).index_add(1, self.owner, logits.exp()).log()
        return torch.cat([totals - logits.gather(1, columns), (self.number(hidden) - numbers) ** 2], 1)


def day_counts(rows):
    """Events, and distinct values of places and applications, of the entity's day so far."""
    seen = defaultdict(lambda: (Counter(), set(), set()))
    counts = []
    for row in rows:
        events, places, applications = seen[row['entity'], row['time'] // DAY_MS]
        events['n'] += 1
        for field, value in row['values'].items():
            if 'geo' in field or 'location' in field:
                places.add(value)
            if 'app' in field.lower() or 'service' in field.lower() or 'event' in field.lower():
                applications.add(value)
        counts.append([math.log1p(events['n']), math.log1p(len(places)), math.log1p(len(applications)), *clock(row)[:2]])
    return np.array(counts, dtype=np.float32)


def autoencoder(train, test, seed, epochs=30, least=300):
    torch.manual_seed(seed)
    fields = sorted({field for row in train for field in row['values']})
    counts = day_counts([*train, *test])
    numbers = torch.from_numpy((counts - counts[: len(train)].mean(0)) / (counts[: len(train)].std(0) + 1e-6))
    by_user, wanted = defaultdict(list), defaultdict(list)
    for i, row in enumerate(train):
        by_user[row['entity']].append(i)
    everybody = 'everybody'
    groups = {user: rows for user, rows in by_user.items() if len(rows) >= least}
    groups[everybody] = sorted(np.random.default_rng(seed).choice(len(train), min(len(train), 5000), replace=False))
    for i, row in enumerate(test):
        wanted[row['entity'] if row['entity'] in groups else everybody].append(i)
    scores = np.zeros(len(test))
    for user, rows in groups.items():
        if not wanted[user]:
            continue
        own = [train[i]['values'] for i in rows]
        # Each model knows the values of its user. 0: absent, 1: never seen.
        codes = [{value: 2 + i for i, value in enumerate(sorted({values[field] for values in own if field in values}))} for field in fields]
        known = [f for f, code in enumerate(codes) if code]

        def categories(rows):
            return torch.tensor([[codes[f].get(values[fields[f]], 1) if fields[f] in values else 0 for f in known] for values in rows])

        inputs, beside = categories(own), numbers[rows]
        model = Autoencoder([len(codes[f]) + 2 for f in known], numbers.shape[1])
        optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
        model.train()
        for _ in range(epochs):
            for batch in torch.randperm(len(rows)).split(128):
                optimiser.zero_grad()
                model.losses(inputs[batch], beside[batch]).mean().backward()
                optimiser.step()
        model.eval()
        with torch.no_grad():
            usual = model.losses(inputs, beside)
            found = model.losses(categories([test[i]['values'] for i in wanted[user]]), numbers[[len(train) + i for i in wanted[user]]])
            scores[wanted[user]] = ((found - usual.mean(0)) / (usual.std(0) + 1e-2)).abs().mean(1).numpy()
    return scores


class KeyModel(nn.Module):
    def __init__(self, keys):
        super().__init__()
        self.table = nn.Embedding(keys, 64)
        self.lstm = nn.LSTM(64, 64, num_layers=2, batch_first=True)
        self.head = nn.Linear(64, keys)

    def forward(self, windows):
        return self.head(self.lstm(self.table(windows))[0][:, -1])


def deeplog(train, test, seed, window=10, epochs=8):
    torch.manual_seed(seed)
    # 0: before the first, 1: never seen.
    codes = {key: 2 + i for i, key in enumerate(sorted({row['key'] for row in train}))}
    past = defaultdict(lambda: deque([0] * window, maxlen=window))

    def windows(rows):
        inputs, targets = [], []
        for row in rows:
            before, key = past[row['entity']], codes.get(row['key'], 1)
            inputs.append(list(before))
            targets.append(key)
            before.append(key)
        return torch.tensor(inputs), torch.tensor(targets)

    inputs, targets = windows(train)
    model = KeyModel(len(codes) + 2)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(256):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), targets[batch]).backward()
            optimiser.step()
    inputs, targets = windows(test)
    with torch.no_grad():
        return torch.cat([nn.functional.cross_entropy(model(inputs[part]), targets[part], reduction='none') for part in torch.arange(len(inputs)).split(4096)]).numpy()


def main():
    rows, out, seed, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    train, test = read(rows)
    wanted = sys.argv[5:] or ['isolation_forest', 'autoencoder', 'deeplog']
    scores = {detector.__name__: detector(train, test, seed).tolist() for detector in (isolation_forest, autoencoder, deeplog) if detector.__name__ in wanted}
    with open(out, 'w', encoding='utf-8') as file:
        json.dump(scores, file)


main()
