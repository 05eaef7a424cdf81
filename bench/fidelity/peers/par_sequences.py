"""PAR of the Synthetic Data Vault (Zhang et al. 2022): a recurrent network over the events of an entity, all log types in one table.

The argument is the job as JSON; the last line printed is what was made. An entity's training events are one sequence, its name and
their number the context; a row says its log type and the (logarithm of the) seconds since the row before. Of the columns of other log types a drawn row loses
what it has. Training is PAR's own loop, each epoch one step on all sequences, until the time is up rather than for 128 epochs.
"""
import json
import math
import sys
import time
import warnings

warnings.filterwarnings('ignore')
try:
    import pandas as pd
    import sdv
    import torch
    from deepecho.models import par
    from sdv.metadata import Metadata
    from sdv.sequential import PARSynthesizer
except ImportError as error:
    print(json.dumps({'missing': f'{error.name} is not installed (bench/fidelity/peers/requirements.txt)'}))
    sys.exit(0)

from event_table import ABSENT, read, written

# PAR draws the context that is not given from what is, and fails where all is given: the number of an entity's events is left to it.
TYPE, GAP, ENTITY, EVENTS, KEY = 'log type', 'gap', 'entity', 'events', 'sequence'


class Clock:
    """Stands in for the progress bar around PAR's epochs: ends them when the time is up, and counts them."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.epochs = 0

    def __call__(self, epochs, **_):
        self.started = time.time()
        for epoch in epochs:
            if self.epochs > 0 and time.time() - self.started >= self.seconds:
                break
            self.epochs += 1
            yield epoch
        self.trained = time.time() - self.started


def table(types):
    """All events by entity and time; columns of other log types are absent."""
    parts = []
    for each in types:
        part = each.frame.rename(columns={name: f'{each.name} {name}' for name in each.cells})
        part[TYPE] = each.name
        part['time'] = each.times
        parts.append(part)
    rows = pd.concat(parts).sort_values([ENTITY, 'time'], kind='stable').reset_index(drop=True)
    for each in types:
        for name, column in each.cells.items():
            if column.kind == 'categorical':
                rows[f'{each.name} {name}'] = rows[f'{each.name} {name}'].fillna(ABSENT)
    rows[GAP] = rows.groupby(ENTITY)['time'].diff().fillna(rows['time'] - rows['time'].min()).map(math.log1p)
    rows[EVENTS] = rows.groupby(ENTITY)['time'].transform('size')
    rows[KEY] = rows[ENTITY]
    return rows.drop(columns='time')


def metadata_of(rows, types):
    numeric = {GAP, EVENTS} | {f'{each.name} {name}' for each in types for name, column in each.cells.items() if column.kind != 'categorical'}
    columns = {name: {'sdtype': 'id' if name == KEY else 'numerical' if name in numeric else 'categorical'} for name in rows.columns}
    return Metadata.load_from_dict({'tables': {'events': {'columns': columns, 'sequence_key': KEY}}})


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job['threads'])
    torch.manual_seed(job['seed'])
    types = read(job['train'], job['seed'])
    by_name = {each.name: each for each in types}
    rows = table(types)
    clock = Clock(job['minutes'] * 60)
    par.tqdm = clock
    synthesizer = PARSynthesizer(metadata_of(rows, types), context_columns=[ENTITY, EVENTS], epochs=10**9, cuda=False)
    synthesizer.fit({'events': rows})
    start, end = job['from'] / 1000, job['to'] / 1000
    times = [at for each in types for at in each.times]
    scale = (end - start) / (max(times) - min(times))
    deadline = time.time() + job['writing_minutes'] * 60
    began, generated, complete = time.time(), 0, True
    with open(job['out'], 'w') as out:
        for entity, count in rows[ENTITY].value_counts().items():
            if time.time() >= deadline:
                complete = False
                break
            # As many as the entity's own rate gives for the period; what lies beyond its end is left out.
            wanted = max(1, round(count * scale))
            drawn = synthesizer.sample_sequential_columns(pd.DataFrame({KEY: [entity], ENTITY: [entity]}), sequence_length=wanted)
            at = start
            for row in next(iter(drawn.values())).to_dict('records'):
                at += math.expm1(min(max(row[GAP], 0), 20))
                if at >= end:
                    break
                each = by_name[row[TYPE]]
                event = each.event({name: row[f'{each.name} {name}'] for name in each.cells}, at)
                out.write(written(each.name, event, entity))
                generated += 1
    model = synthesizer._model
    print(json.dumps({
        'parameters': sum(p.numel() for p in model._model.parameters()),
        'training_seconds': clock.trained,
        'steps': clock.epochs,
        'per_event': len(rows.columns) - 3,
        'unit': 'cells',
        'writing_seconds': time.time() - began,
        'generated': generated,
        'malformed': 0,
        'complete': complete,
        'version': f'sdv {sdv.__version__}',
    }))


if __name__ == '__main__':
    main()
