"""Fits scikit-learn's HistGradientBoostingClassifier to the tables of boosting_check.ts, fold by fold, and prints its AUCs beside the report's.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python bench/boosting_check.py tables

One line a comparison, in the order of the report: for each log type its synthetic events beside held-out ones, then training events in their place
(the floor), and both again with the features alone that real periods share.
"""
import glob
import json
import os
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

SETTINGS = {
    # Those of models/evaluate/boosting.ts.
    'same settings': dict(max_iter=50, learning_rate=0.15, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0),
    "library's own": {},
}
# The library's most.
MOST_CATEGORIES = 255


def auc(table, settings):
    x = np.stack([np.minimum(f['bins'], MOST_CATEGORIES - 1) for f in table['features']], 1)
    y = np.array(table['labels'])
    categorical = [f['categorical'] for f in table['features']]
    scores = np.zeros(len(y))
    for rows in table['folds']:
        held = np.setdiff1d(np.arange(len(y)), rows)
        model = HistGradientBoostingClassifier(categorical_features=categorical, early_stopping=False, random_state=1, **settings)
        scores[held] = model.fit(x[rows], y[rows]).decision_function(x[held])
    return roc_auc_score(y, scores)


print(f"{'table':22} {'rows':>6} {'features':>8} {'report':>8}", *(f'{name:>14}' for name in SETTINGS))
for name in sorted(glob.glob(os.path.join(sys.argv[1], 'comparison-*.json'))):
    table = json.load(open(name))
    theirs = [auc(table, settings) for settings in SETTINGS.values()]
    ours = roc_auc_score(table['labels'], table['scores'])
    print(f"{os.path.basename(name)[:-5]:22} {len(table['labels']):6} {len(table['features']):8} {ours:8.4f}", *(f'{value:14.4f}' for value in theirs), flush=True)
