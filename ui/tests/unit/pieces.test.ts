// A long text split piece by piece over frames ends as if it had been split at once, and nothing that was finished changes.
import { expect, test } from 'vitest';
import { Blocks } from '$lib/markdown/blocks';
import { blocksTo, isLong, PIECE, pieceEnd } from '$lib/markdown/pieces';
import { ANSWER, FLOOD } from '../fake/texts';

test('piece by piece comes to the same, and is known from then on', () => {
  expect(isLong(FLOOD)).toBe(true);
  const splitter = new Blocks();
  let before: string[] = [];
  for (let end = pieceEnd(FLOOD, 0); ; end = pieceEnd(FLOOD, end)) {
    const blocks = blocksTo(splitter, FLOOD, end);
    const finished = blocks.filter(({ open }) => !open).map(({ text }) => text);
    expect(finished.slice(0, before.length)).toEqual(before);
    before = finished;
    if (end < FLOOD.length) continue;
    expect(blocks).toEqual(new Blocks().of(FLOOD, false));
    break;
  }
  expect(isLong(FLOOD)).toBe(false);
});

test('pieces end with lines and go forward, also in text without any', () => {
  expect(FLOOD[pieceEnd(FLOOD, 0) - 1]).toBe('\n');
  expect(pieceEnd('x'.repeat(5 * PIECE), 0)).toBe(5 * PIECE);
  expect(isLong(ANSWER)).toBe(false);
});
