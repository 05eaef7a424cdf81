"""REaLTabFormer (Solatorio and Dupriez 2023): a GPT-2 over the cells of a row, one model for each log type, rows drawn one by one.

The argument is the job as JSON; the last line printed is what was made. A row also says the second of the day; the day of a drawn row
is drawn from the wanted period, by how many training events its weekday has. The GPT-2 has the size of Lyrebird's (4 layers, width 128): of the library's default (6 layers,
width 768) a CPU trains a fraction of the steps in the same time. Time is shared among the log types by their events.
"""
import json
import os
import sys
import time
import warnings

warnings.filterwarnings('ignore')
os.environ.setdefault('HF_HUB_OFFLINE', '1')
try:
    import torch
    from realtabformer import REaLTabFormer
    from realtabformer.rtf_sampler import TabularSampler
    from transformers import GPT2Config, StoppingCriteria, StoppingCriteriaList, TrainerCallback
except ImportError as error:
    print(json.dumps({'missing': f'{error.name} is not installed (bench/fidelity/peers/requirements.txt)'}))
    sys.exit(0)
import realtabformer

from event_table import read, written

DAY = 86_400
# Rows drawn at once.
BATCH = 64


class StopAt(TrainerCallback):
    def __init__(self, deadline):
        self.deadline = deadline

    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop = time.time() >= self.deadline


class TimeUp(Exception):
    pass


class DrawUntil(StoppingCriteria):
    """Gives up the rows that are being drawn when the time is up."""

    def __init__(self, deadline):
        self.deadline = deadline

    def __call__(self, input_ids, scores, **kwargs):
        if time.time() >= self.deadline:
            raise TimeUp
        return torch.zeros(len(input_ids), dtype=torch.bool)


class Timed(REaLTabFormer):
    """Its own training loop, ended when the time is up."""

    seconds = None

    def _build_tabular_trainer(self, **kwargs):
        trainer = super()._build_tabular_trainer(**kwargs)
        trainer.add_callback(StopAt(time.time() + self.seconds))
        return trainer


def fit(log_type, seconds, seed):
    frame = log_type.frame.copy()
    frame['second'] = [int(at % DAY) for at in log_type.times]
    model = Timed(
        'tabular',
        tabular_config=GPT2Config(n_layer=4, n_head=4, n_embd=128),
        batch_size=16,
        gradient_accumulation_steps=1,
        random_state=seed,
        checkpoints_dir='realtabformer',
        eval_strategy='no',
        save_strategy='no',
        logging_strategy='no',
        load_best_model_at_end=False,
        report_to='none',
        use_cpu=True,
        disable_tqdm=True,
    )
    model.seconds = seconds
    started = time.time()
    # Without the critic: it draws samples to decide when to stop, which the clock does here.
    trainer = model.fit(frame, device='cpu', n_critic=0)
    return model, trainer.state.global_step, time.time() - started


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job['threads'])
    types = read(job['train'], job['seed'])
    events = sum(len(each.times) for each in types)
    models, steps, trained = [], 0, 0.0
    for each in types:
        model, count, seconds = fit(each, job['minutes'] * 60 * len(each.times) / events, job['seed'])
        models.append(model)
        steps += count
        trained += seconds
    start, end = job['from'] / 1000, job['to'] / 1000
    began, generated, malformed, complete = time.time(), 0, 0, True
    with open(job['out'], 'w') as out:
        for each, model in zip(types, models):
            share = len(each.times) / events
            deadline = time.time() + max(0, job['writing_minutes'] * 60 - (time.time() - began)) * share_left(types, each)
            days = [start + DAY * i for i in range(int((end - start) // DAY))]
            # As many as training has, in as many days of the same weekdays.
            rates = [rate_of(each, int(day // DAY) % 7) for day in days]
            wanted = round(sum(rates))
            sampler = TabularSampler.sampler_from_model(rtf_model=model, device=torch.device('cpu'))
            # The library draws batches until it has the rows asked for: about as many as one batch gives.
            valid = 0.5
            while wanted > 0:
                stop = StoppingCriteriaList([DrawUntil(deadline)])
                try:
                    rows = sampler.sample_tabular(n_samples=min(wanted, max(1, int(0.9 * BATCH * valid))), gen_batch=BATCH, device='cpu', stopping_criteria=stop)
                except TimeUp:
                    complete = False
                    break
                valid = 1 - sampler.invalid_gen_samples / sampler.total_gen_samples
                for row in rows.to_dict('records'):
                    at = each.rng.choices(days, rates)[0] + min(max(float(row['second']), 0), DAY - 1) + each.rng.random()
                    out.write(written(each.name, each.event(row, at)))
                    generated += 1
                    wanted -= 1
            malformed += sampler.invalid_gen_samples
    print()
    print(json.dumps({
        'parameters': sum(p.numel() for model in models for p in model.model.parameters()),
        'training_seconds': trained,
        'steps': steps,
        'per_event': sum(model.tabular_max_length * len(each.times) for each, model in zip(types, models)) / events,
        'unit': 'tokens',
        'writing_seconds': time.time() - began,
        'generated': generated,
        # Rows in which a cell is no value of its column: the library draws others.
        'malformed': malformed,
        'complete': complete,
        'version': f'realtabformer {realtabformer.__version__}',
    }))


def share_left(types, now):
    """This log type's share of the events of those that are still to be written."""
    left = types[types.index(now):]
    return len(now.times) / sum(len(each.times) for each in left)


def rate_of(log_type, weekday):
    """Training events on a day of the week, on average."""
    days = {int(at // DAY) for at in log_type.times}
    alike = [day for day in range(min(days), max(days) + 1) if day % 7 == weekday]
    return sum(int(at // DAY) % 7 == weekday for at in log_type.times) / max(1, len(alike))


if __name__ == '__main__':
    main()
