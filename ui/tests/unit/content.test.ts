// What a card falls into when it is split, and where an address leads.
import { expect, test } from 'vitest';
import { parseTags, splitStart } from '$features/cards/content';
import { route } from '$lib/route.svelte';
import { daysWords, secondsWords } from '$lib/time';

const answers = (answer: string) => splitStart({ id: 'k', question: 'Q', answer, tags: ['t'], source: null, createdAt: 0, updatedAt: 0 }).map((part) => part.answer);

test('a list falls into its items, other text into its paragraphs, the rest is there twice', () => {
  expect(answers('Three:\n\n- one\n- two\n  and a half\n- three')).toEqual(['one', 'two\nand a half', 'three']);
  expect(answers('1. one\n2. two')).toEqual(['one', 'two']);
  expect(answers('One.\n\nTwo.')).toEqual(['One.', 'Two.']);
  expect(answers('One fact.')).toEqual(['One fact.', 'One fact.']);
  expect(answers('Look:\n\n```\n- a\n\n- b\n```')).toHaveLength(2);
  expect(answers(Array.from({ length: 40 }, (_, i) => `- ${i}`).join('\n'))).toHaveLength(2);
});

test('tags', () => expect(parseTags(' #a, b,, a ')).toEqual(['a', 'b']));

test('an address with a passage, and one that was meddled with', () => {
  const at = (hash: string) => {
    history.replaceState(null, '', hash);
    globalThis.dispatchEvent(new HashChangeEvent('hashchange'));
    return { page: route.page, id: route.id, place: route.place };
  };
  route.goToPlace('c 1', { message: 'a/0', start: 3, end: 9, from: 'study' });
  expect(location.hash).toBe('#/chat/c%201/a%2F0/3-9/study');
  expect(at(location.hash)).toEqual({ page: 'chat', id: 'c 1', place: { message: 'a/0', start: 3, end: 9, from: 'study' } });
  expect(at('#/chat/c1')).toEqual({ page: 'chat', id: 'c1', place: null });
  expect(at('#/chat/c1/m/x-y/nowhere').place).toEqual({ message: 'm', start: 0, end: 0, from: null });
  expect(at('#/chat/%E0%A4%A').id).toBeNull();
  expect(at('#/cards/new/m/1-2').place).toBeNull();
});

test('seconds and days in words', () => {
  expect([0, 940, 9_960, 48_400, 125_000, 120_000, 3_600_000].map(secondsWords)).toEqual(['0 s', '0.9 s', '10 s', '48 s', '2 min 5 s', '2 min', '1 h']);
  expect([0.3, 1, 12, 36.5].map(daysWords)).toEqual(['less than a day', '1 day', '12 days', '1.2 months']);
});
