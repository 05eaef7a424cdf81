"""Events as the rows of a table, and back: the preparation that the Python generators get.

It is what one would do by hand. What is the same in all events of a log type, or always equal to an earlier column, is no column. Times are
seconds from the event's own time. Ids (more than half of the values are distinct) are drawn anew in the format of a training value. Other
numbers are numbers; everything else is categorical, with "(absent)" for fields that an event does not have.
"""
import json
import random
import string
from datetime import datetime, timezone

import numpy as np
import pandas as pd

ABSENT = '(absent)'
# Fewer values say nothing of whether a field is an id, or of its range.
FEW = 20
ID_SHARE = 0.5
# Lists of objects are taken apart by index up to here.
MAX_ITEMS = 8


def leaves(value, path=()):
    """Pairs of a path (keys and indices) and a value that holds no further ones; a list of plain values is one value."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, path + (key,))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value[:MAX_ITEMS]):
            yield from leaves(item, path + (index,))
    else:
        yield path, value


def nested(cells):
    """The event of some leaves. Items of a list close ranks where an earlier one is absent."""
    root = {}
    for path, value in cells.items():
        node = root
        for key in path[:-1]:
            node = node.setdefault(key, {})
            # A field that is a value in this row and an object in others: whichever came first stays.
            if not isinstance(node, dict):
                break
        else:
            node.setdefault(path[-1], value)
    return _lists(root)


def _lists(node):
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_lists(node[key]) for key in sorted(node)]
    return {key: _lists(value) for key, value in node.items()}


def seconds_of(text):
    """Epoch seconds of an ISO 8601 time; None for anything else."""
    if not isinstance(text, str) or len(text) < 19 or text[4] != '-' or 'T' not in text:
        return None
    try:
        return datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()
    except ValueError:
        return None


def fresh(example, rng):
    """A text of the same format: digits for digits, letters for letters of the same kind."""
    hexadecimal = all(c in string.hexdigits for c in example if c.isalnum())
    lower = 'abcdef' if hexadecimal else string.ascii_lowercase

    def draw(c):
        if c.isdigit():
            return rng.choice(string.digits)
        if c in string.ascii_lowercase:
            return rng.choice(lower)
        return rng.choice(lower.upper()) if c in string.ascii_uppercase else c

    return ''.join(map(draw, example))


class Column:
    """One leaf of one log type. `kind`: constant, copy, id, time, number or categorical; the last three are columns of the table."""

    def __init__(self, path, values, times):
        self.path = path
        self.rows = len(values)
        present = [(value, time) for value, time in zip(values, times) if value is not ABSENT]
        self.absent = 1 - len(present) / self.rows
        distinct = {json.dumps(value) for value, _ in present}
        self.values = [value for value, _ in present]
        offsets = [None if (at := seconds_of(value)) is None else at - time for value, time in present if value is not None]
        numbers = [value for value in self.values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        self.nulls = sum(value is None for value in self.values) > self.rows - len(present)
        if offsets and all(offset is not None for offset in offsets):
            self.milliseconds = any(value is not None and '.' in value and not value.endswith('.000Z') for value in self.values)
            self.fraction = any(value is not None and '.' in value for value in self.values)
            steady = len(present) == self.rows and max(offsets) - min(offsets) < 1 and None not in self.values
            self.offset = float(np.mean(offsets)) if steady else None
            self.kind = 'constant' if steady else 'time'
        elif len(distinct) == 1 and len(present) == self.rows:
            self.offset = None
            self.kind = 'constant'
        elif len(numbers) + self.values.count(None) == len(self.values) and len(distinct) > FEW:
            self.whole = all(isinstance(value, int) for value in numbers)
            self.low, self.high = min(numbers), max(numbers)
            self.kind = 'number'
        elif len(present) > FEW and all(isinstance(value, str) for value in self.values) and len(distinct) > ID_SHARE * len(present):
            self.kind = 'id'
        else:
            self.kind = 'categorical'

    def cell(self, value, time):
        if self.kind == 'categorical':
            return ABSENT if value is ABSENT else json.dumps(value)
        if value is ABSENT or value is None:
            return np.nan
        return seconds_of(value) - time if self.kind == 'time' else float(value)

    def value(self, cell, time, rng):
        """The event's value for what a generator put into the cell; ABSENT for none."""
        if self.kind == 'constant' and self.offset is None:
            return self.values[0]
        if self.kind == 'constant':
            return self._iso(time + self.offset)
        if self.kind == 'id':
            return ABSENT if rng.random() < self.absent else fresh(rng.choice(self.values), rng)
        if self.kind == 'categorical':
            return ABSENT if cell is None or cell == ABSENT or cell != cell else json.loads(cell)
        if cell is None or cell != cell:
            return None if self.nulls else ABSENT
        if self.kind == 'time':
            return self._iso(time + float(cell))
        number = min(max(float(cell), self.low), self.high)
        return round(number) if self.whole else number

    def _iso(self, seconds):
        at = datetime.fromtimestamp(seconds if self.milliseconds else round(seconds), timezone.utc)
        return at.strftime('%Y-%m-%dT%H:%M:%S') + (f'.{at.microsecond // 1000:03}Z' if self.fraction else 'Z')


class LogType:
    """The columns of one log type, and what is not worth one."""

    def __init__(self, name, events, seed):
        self.name = name
        self.rng = random.Random(f'{seed} {name}')
        times = [event['time'] / 1000 for event in events]
        rows = [dict(leaves(event['event'])) for event in events]
        paths = list(dict.fromkeys(path for row in rows for path in row))
        columns = {path: Column(path, [row.get(path, ABSENT) for row in rows], times) for path in paths}
        self.copies = {}
        seen = {}
        for path, column in columns.items():
            key = json.dumps([None if value is ABSENT else [value] for value in (row.get(path, ABSENT) for row in rows)])
            if column.kind != 'constant' and seen.setdefault(key, path) != path:
                self.copies[path] = seen[key]
        self.columns = [column for path, column in columns.items() if path not in self.copies]
        self.order = paths
        self.cells = {'.'.join(map(str, column.path)): column for column in self.columns if column.kind in ('categorical', 'number', 'time')}
        # json.dumps as a key keeps numbers and texts apart.
        self.frame = pd.DataFrame({name: [column.cell(row.get(column.path, ABSENT), time) for row, time in zip(rows, times)] for name, column in self.cells.items()})
        self.frame.insert(0, 'entity', [event['entity'] for event in events])
        self.times = times

    def event(self, row, time):
        """The event of a generated row (a mapping of column names to cells), at a time in epoch seconds."""
        names = {column.path: name for name, column in self.cells.items()}
        values = {column.path: column.value(row.get(names.get(column.path)), time, self.rng) for column in self.columns}
        values.update({path: values[source] for path, source in self.copies.items()})
        return nested({path: values[path] for path in self.order if values[path] is not ABSENT})


def read(file, seed):
    """Training events by log type, each in time order."""
    by_type = {}
    with open(file) as lines:
        for line in lines:
            event = json.loads(line)
            by_type.setdefault(event['log_type'], []).append(event)
    return [LogType(name, events, seed) for name, events in by_type.items()]


def written(log_type, event, entity=None):
    """A line of the file of synthetic events."""
    line = {'hit': {'_index': log_type, '_source': event}}
    return json.dumps(line if entity is None else {'entity': entity, **line}) + '\n'
