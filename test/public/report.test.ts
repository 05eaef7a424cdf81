import type { Figure } from '../../common';
import { formatSpan, shorten } from '../../public/components/format';
import { figureDomain, formatFigure, position } from '../../public/pages/evaluate/figure_text';
import { emptyFinetuneState, finetuneProblem, toFinetuneRequest } from '../../public/pages/train/finetune_state';

const figure = (change: Partial<Figure>) => ({ value: 0.2, floor: 0.1, unit: 'distance', better: 'lower', ...change }) as Figure;

describe('figures of a report', () => {
  it('shows shares in percent, and never rounds to all or nothing', () => {
    expect([1, 0.9995, 0.993, 0.5, 0.0004, 0].map((value) => formatFigure(value, 'share'))).toEqual(['100%', '99.95%', '99.30%', '50.0%', '0.04%', '0%']);
    expect([formatFigure(0.12345, 'distance'), formatFigure(1.234, 'ratio'), formatFigure(null, 'auc')]).toEqual(['0.123', '1.23', '–']);
  });
  it('draws value, floor and goal on one scale, from the best end', () => {
    const drawn = (f: Figure) => {
      const domain = figureDomain(f);
      for (const x of [f.value, f.floor, f.goal?.low, f.goal?.high]) if (typeof x === 'number') expect(x >= domain[0] && x <= domain[1]).toBe(true);
      return domain;
    };
    expect(drawn(figure({}))[0]).toBe(0);
    expect(drawn(figure({ value: 0.9, floor: null, unit: 'share', better: 'higher', goal: { low: 0.995, text: '' } }))[1]).toBe(1);
    expect(drawn(figure({ value: 0.45, unit: 'auc', floor: 0.5 }))[0]).toBe(0.45);
    expect(drawn(figure({ value: 3, floor: 1, unit: 'ratio', better: 'closer', goal: { low: 0.85, high: 1.15, text: '' } }))[1]).toBeGreaterThan(3);
    expect(figureDomain(figure({ value: null, floor: null }))).toEqual([0, 1]);
  });
  it('places values within the scale, and never outside of it', () => {
    expect([position(0.5, [0, 1]), position(2, [0, 1]), position(-1, [0, 1]), position(1, [1, 1])]).toEqual([50, 100, 0, 0]);
  });
  it('writes spans of time in their largest unit', () => {
    expect([0, 0.5, 45, 200, 1919, 28_542, 200_000].map(formatSpan)).toEqual(['0 sec', '0.5 sec', '45 sec', '3.3 min', '32 min', '7.9 hr', '2.3 days']);
  });
  it('shortens long names in their middle', () => {
    expect(shorten('user.name')).toBe('user.name');
    const short = shorten('azure.signinlogs.properties.device_detail.operating_system', 40);
    expect(short).toHaveLength(40);
    expect(short).toMatch(/^azure.*….*operating_system$/);
  });
});

describe('fine-tuning form', () => {
  const base = { id: 'm1', name: 'Base' };
  it('starts from the base’s name, and asks for its events', () => {
    const state = emptyFinetuneState(base);
    expect(state.options.name).toBe('Base, fine-tuned');
    expect(finetuneProblem(state, base)?.field).toBe('index');
    const ready = { ...state, source: { ...state.source, index: 'attacks' } };
    expect(finetuneProblem(ready, base)).toBeUndefined();
    expect(toFinetuneRequest(ready, base)).toMatchObject({ base_model_id: 'm1', source: { index: 'attacks' } });
    expect(finetuneProblem({ ...ready, options: { ...ready.options, label: 'attack' } }, base)).toEqual({ field: 'label', message: expect.stringMatching(/^Expected: a MITRE ATT&CK id/) });
    expect(finetuneProblem({ ...ready, options: { ...ready.options, minutes: Number.NaN } }, base)).toEqual({ field: 'minutes', message: 'Enter a number.' });
  });
});
