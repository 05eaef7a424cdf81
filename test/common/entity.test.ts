import { entityIn, entityPattern, trainOptionsSchema } from '../../common';

describe('the entity that a pattern finds', () => {
  const find = (pattern: string, value: string) => entityIn(value, { normalise: true, pattern });

  it('is its first group, or all that it matches, as it stands there', () => {
    expect(find('blk_-?\\d+', 'Deleting block BLK_1 blk_-42 file')).toBe('blk_-42');
    expect(find('\\[req-(\\S+)', '[req-AB-1 - -] GET')).toBe('AB-1');
    expect(find('user=(\\w+)?', 'user=')).toBe('user=');
    expect(find('none', 'here')).toBeUndefined();
  });

  it('is found at once by a pattern that would backtrack without end', () => {
    expect(find('(a+)+$', `${'a'.repeat(5_000)}!`)).toBeUndefined();
  });

  it('needs a pattern that can be matched so', () => {
    expect(() => entityPattern('(?<=a)b')).toThrow('(?<=a)b');
    for (const entity_pattern of ['(', '(a)\\1']) expect(trainOptionsSchema.safeParse({ entity_pattern }).error?.issues[0].message).toContain('without look-around');
  });
});
