import { availableDevices, createScoringSession, gptConfig, initWeights } from '../../../models/gpt';

const config = gptConfig('tiny', { vocabulary: 10, side: [3] });
const weights = initWeights(config, 1);

test.each(['cpu', 'cuda', 'webgpu'] as const)('%s runs where it is said to be there, and is refused with advice where not', async (device) => {
  const devices = await availableDevices();
  expect(devices).toContain('cpu');
  const created = createScoringSession(config, weights, { device });
  if (devices.includes(device)) {
    const session = await created;
    const targets = Int32Array.of(3, 4);
    const { logProbabilities } = await session.run({ rows: 1, length: 2, tokens: Int32Array.of(0, 3), side: Int32Array.of(1, 2), targets });
    // An untrained model finds all ten tokens about as likely.
    for (const value of logProbabilities) expect(value).toBeCloseTo(-Math.log(10), 0);
    await session.dispose();
  } else {
    await expect(created).rejects.toMatchObject({ code: 'LYREBIRD_UNSUPPORTED', message: expect.stringContaining(device), hint: expect.stringContaining('Install') });
  }
});
