"""Computes three measures of a report of `lyrebird evaluate` a second time, with SDMetrics, on the same files.

    python -m venv venv && venv/bin/pip install sdmetrics==0.32.0
    venv/bin/python bench/sdmetrics_check.py report/report.json heldout.ndjson synthetic.ndjson
"""
import json
import sys

import pandas as pd
from sdmetrics.column_pairs import ContingencySimilarity
from sdmetrics.single_column import KSComplement, TVComplement

FIELDS = 4
PAIRS = 3
# Above this, the report counts the rarest values of a pair as one.
MOST_VALUES = 30
ABSENT = object()


def get(event, path):
    for key in path.split('.'):
        if not isinstance(event, dict) or key not in event:
            return ABSENT
        event = event[key]
    return event


def text(value):
    # SDMetrics leaves missing values out; the report counts them as values. What holds objects has fields of its own.
    parts = isinstance(value, dict) and value or isinstance(value, list) and any(isinstance(item, dict) for item in value)
    return '(absent)' if value is ABSENT or parts else json.dumps(value)


def load(file, log_type, period):
    events = []
    with open(file) as lines:
        for line in lines:
            event = json.loads(line)
            event = event.get('_source', event)
            labelled = get(event, 'threat.technique.id') is not ABSENT
            inside = period['from'] <= event['@timestamp'] < period['to']
            if event['event']['dataset'] == log_type and not labelled and inside:
                events.append(event)
    return events


def show(metric, name, ours, theirs):
    print(f'  {metric.__name__:22} {name:100} report {ours:.6f}  1 - SDMetrics {theirs:.6f}  difference {abs(ours - theirs):.1e}')


def comparable(path):
    return '[' not in path and path not in ('hour of the day',)


report = json.load(open(sys.argv[1]))
for log_type in report['log_types']:
    real, synthetic = (load(file, log_type['name'], report['samples']['heldout']) for file in sys.argv[2:4])
    print(log_type['name'], len(real), len(synthetic), 'in the report', log_type['events']['heldout'], log_type['events']['synthetic'])
    for kind, metric, key in (('categorical', TVComplement, 'distance'), ('number', KSComplement, 'ks')):
        fields = [f for f in log_type['fields'] if f['kind'] == kind and comparable(f['path']) and f[key]]
        for field in fields[:FIELDS]:
            columns = [[get(event, field['path']) for event in events] for events in (real, synthetic)]
            if kind == 'number':
                columns = [pd.Series([v for v in column if isinstance(v, (int, float))], dtype=float) for column in columns]
            else:
                columns = [pd.Series([text(v) for v in column], dtype=object) for column in columns]
            show(metric, field['path'], field[key], 1 - metric.compute(*columns))
    pairs = [p for p in log_type['pairs'] if comparable(p['a']) and comparable(p['b'])]
    shown = 0
    for pair in pairs:
        tables = [pd.DataFrame({key: [text(get(event, pair[key])) for event in events] for key in 'ab'}) for events in (real, synthetic)]
        if shown == PAIRS or any(table[key].nunique() > MOST_VALUES for table in tables for key in 'ab'):
            continue
        show(ContingencySimilarity, f"{pair['a']} x {pair['b']}", pair['joint_distance'], 1 - ContingencySimilarity.compute(*tables))
        shown += 1
